"""One contract for every signature suite and the key store."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from keys.certificates import Authority, Holder, now_utc, pem
from keys.store import SoftwareKeyStore
from keys.suites import SUITES, Suite, signer_for


@pytest.fixture(params=list(SUITES))
def suite(request: pytest.FixtureRequest) -> Suite:
    return SUITES[request.param]


def test_what_a_suite_signs_only_its_key_verifies(suite: Suite) -> None:
    signer, other = suite.generate(), suite.generate()
    signature = signer.sign(b"data")
    assert len(signature) == 64
    assert signer.verifier.verify(signature, b"data")
    assert not signer.verifier.verify(signature, b"date")
    assert not other.verifier.verify(signature, b"data")


@pytest.mark.parametrize("signature", [b"", b"\x00" * 64, b"\xff" * 64, b"\x01" * 63, b"\x01" * 65])
def test_a_signature_of_any_shape_is_answered_not_raised(suite: Suite, signature: bytes) -> None:
    assert suite.generate().verifier.verify(signature, b"data") is False


def test_a_stored_key_is_the_same_key(suite: Suite, tmp_path: Path) -> None:
    created = SoftwareKeyStore(tmp_path).create("one", suite.name)
    again = SoftwareKeyStore(tmp_path).signer("one")
    assert again.algorithm == suite.name
    assert again.verifier.verify(created.sign(b"x"), b"x")
    assert signer_for((tmp_path / "one.key.pem").read_bytes()).verifier.spki == created.verifier.spki


def test_openssl_reads_its_keys_and_certificates(suite: Suite, tmp_path: Path) -> None:
    signer = SoftwareKeyStore(tmp_path).create("one", suite.name)
    root = Authority.root(signer, Holder("root"), timedelta(days=1), now_utc())
    path = tmp_path / "root.pem"
    path.write_bytes(pem(root.certificate))
    for command in (["pkey", "-in", tmp_path / "one.key.pem", "-noout", "-check"], ["verify", "-CAfile", path, path]):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
