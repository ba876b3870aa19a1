"""Contract tests of signature suites and the key store."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from keys import der as asn1
from keys.authority import Authority, Holder, request
from keys.certificates import Use, der, now_utc, pem, signed_by, spki_of
from keys.errors import KeyStoreError
from keys.store import SoftwareKeyStore
from keys.suites import SUITES, Suite, signer_for


@pytest.fixture(params=list(SUITES))
def suite(request: pytest.FixtureRequest) -> Suite:
    return SUITES[request.param]


def test_a_signature_is_verified_by_its_own_key_only(suite: Suite) -> None:
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
    issuing = root.issuing(suite.generate(), Holder("issuing"), timedelta(days=1), now_utc())
    end = issuing.issue(Use.SEAL, Holder("seal"), suite.generate().verifier.spki, timedelta(days=1), now_utc())
    direct = root.issue(Use.SEAL, Holder("seal"), suite.generate().verifier.spki, timedelta(days=1), now_utc())
    revoked = issuing.revocation_list({end.serial_number: now_utc()}, 1, timedelta(days=1), now_utc())
    asking = suite.generate()
    csr = request(asking, Holder("asks"))
    for name, item in (
        ("below", pem(issuing.certificate)),
        ("end", pem(end)),
        ("direct", pem(direct)),
        ("csr", csr),
        ("crl", pem(revoked, root.revocation_list({}, 1, timedelta(days=1), now_utc()))),
    ):
        (tmp_path / f"{name}.pem").write_bytes(item)
    verify = ["verify", *identity(suite, "-vfyopt"), "-CAfile", path]
    for command in (
        ["pkey", "-in", tmp_path / "one.key.pem", "-noout", "-check"],
        [*verify, tmp_path / "direct.pem"],
        ["req", "-in", tmp_path / "csr.pem", "-verify", "-noout", *identity(suite, "-vfyopt")],
        ["crl", "-in", tmp_path / "crl.pem", "-noout", "-text"],
    ):
        openssl(*command)
    if suite.name == "SM2-SM3":
        # openssl verify gives the identity to the end certificate alone, so CAs and lists are verified one by one.
        for signed, key in ((der(root.certificate), root), (der(end), issuing), (crl(revoked), issuing)):
            verify_by_openssl(signed, suite, key.signer.verifier.spki, tmp_path)
        return
    openssl(*verify, "-check_ss_sig", path)
    openssl(*verify, "-untrusted", tmp_path / "below.pem", tmp_path / "end.pem")
    refused = subprocess.run(
        ["openssl", *verify, "-untrusted", tmp_path / "below.pem", "-crl_check", "-CRLfile", tmp_path / "crl.pem", tmp_path / "end.pem"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert "certificate revoked" in refused.stdout + refused.stderr
    asked = x509.load_pem_x509_csr(csr).public_bytes(serialization.Encoding.DER)
    assert signed_by(asked, asking.verifier.spki)


def crl(revoked: x509.CertificateRevocationList) -> bytes:
    return revoked.public_bytes(serialization.Encoding.DER)


def openssl(*command: object) -> None:
    found = subprocess.run(["openssl", *map(str, command)], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr


def verify_by_openssl(signed: bytes, suite: Suite, spki: bytes, folder: Path) -> None:
    content, _, signature = asn1.sequence_of(signed, "signed")
    for name, data in (("content", content.raw), ("signature", signature.contents[1:]), ("key", spki)):
        (folder / name).write_bytes(data)
    openssl(
        "pkeyutl", "-verify", "-rawin", "-digest", "sm3", *identity(suite, "-pkeyopt"), "-pubin", "-keyform", "DER",
        "-inkey", folder / "key", "-in", folder / "content", "-sigfile", folder / "signature",
    )  # fmt: skip


def identity(suite: Suite, option: str) -> list[str]:
    return [option, "distid:1234567812345678"] if suite.name == "SM2-SM3" else []


def test_a_certificate_is_signed_by_its_issuer_and_no_other(suite: Suite) -> None:
    one, other = (Authority.root(suite.generate(), Holder("root"), timedelta(days=1), now_utc()) for _ in range(2))
    end = one.issue(Use.SEAL, Holder("seal"), suite.generate().verifier.spki, timedelta(days=1), now_utc())
    assert signed_by(der(end), spki_of(one.certificate))
    assert not signed_by(der(end), spki_of(other.certificate))
    bent = bytearray(der(end))
    bent[60] ^= 1
    assert not signed_by(bytes(bent), spki_of(one.certificate))


def test_a_key_under_a_password_opens_with_that_password_only(suite: Suite, tmp_path: Path) -> None:
    created = SoftwareKeyStore(tmp_path, b"open sesame").create("one", suite.name)
    assert b"ENCRYPTED" in (tmp_path / "one.key.pem").read_bytes()
    again = SoftwareKeyStore(tmp_path, b"open sesame").signer("one")
    assert created.verifier.verify(again.sign(b"x"), b"x")
    for password in (None, b"wrong"):
        with pytest.raises(KeyStoreError, match="password"):
            SoftwareKeyStore(tmp_path, password).signer("one")
