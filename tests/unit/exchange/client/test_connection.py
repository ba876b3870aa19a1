"""Tests of connections: a key that is not the certificate's is refused before anything is sent."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from exchange.cli.connecting import connect
from exchange.client import Client
from keys.authority import Authority, Holder
from keys.certificates import Use, now_utc, pem
from keys.connecting import require_own_key
from keys.errors import KeysError
from keys.suites import SUITES
from keys.trust import TrustBundle
from registry.errors import RuleError

DAY = timedelta(days=1)


def pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    unencrypted = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted)


def test_a_key_of_another_certificate_is_refused_before_connecting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Authority.root(SUITES["ES256"].generate(), Holder("root", "x"), 9 * DAY, now_utc())
    own, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    spki = own.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    chain = pem(root.issue(Use.SYSTEM, Holder("desk", "局", "113205000000140157"), spki, DAY, now_utc()))
    key, wrong = pem_of(own), pem_of(other)
    require_own_key(chain, key)
    for certificate, given, rule in ((chain, wrong, "not that of"), (b"x", key, "not PEM"), (chain, b"x", "not a PEM")):
        with pytest.raises(KeysError, match=rule):
            Client("node:1", certificate, given, TrustBundle((), (), ()))
    (tmp_path / "chain.pem").write_bytes(chain)
    (tmp_path / "desk.key.pem").write_bytes(wrong)
    monkeypatch.setattr("exchange.cli.connecting.bundle_in", lambda _: TrustBundle((), (), ()))
    with pytest.raises(RuleError, match=r"^--credentials: desk\.key\.pem must be the key of .* in chain\.pem"):
        connect(Client, "node:1", tmp_path, tmp_path)
