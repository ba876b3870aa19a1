"""Tests of time-stamp tokens of openssl, with RSA and P-384, over SHA-384 and SHA-512."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys.certificates import now_utc, pem
from keys.errors import InvalidError, MalformedError
from keys.suites import signature_holds
from keys.timestamps import check_token
from keys.trust import TrustBundle

DATA = "盖章文件".encode()
DAY = timedelta(days=1)
KEYS = {
    "rsa": lambda: rsa.generate_private_key(65537, 3072),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
}
CONFIG = """[tsa]
serial = serial
signer_digest = {digest}
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = {digest}
"""


def certificate(
    name: str, key: object, issuer: str, signer: object, digest: hashes.HashAlgorithm, *, clock: bool
) -> x509.Certificate:
    now = now_utc()
    usage = x509.KeyUsage(clock, False, False, False, False, not clock, not clock, False, False)
    builder = (
        x509.CertificateBuilder(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        )
        .public_key(key.public_key())  # type: ignore[attr-defined]
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + 9 * DAY)
        .add_extension(x509.BasicConstraints(not clock, None), critical=True)
        .add_extension(usage, critical=True)
    )
    if clock:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(signer, digest)  # type: ignore[arg-type]


class TimestampAuthority:
    """Create a root, a time-stamper below it, and an openssl configuration."""

    def __init__(self, folder: Path, kind: str, digest: str) -> None:
        root_key, key, now = KEYS[kind](), KEYS[kind](), now_utc()
        algorithm = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[digest]
        root = certificate("root", root_key, "root", root_key, algorithm, clock=False)
        own = certificate("clock", key, "root", root_key, algorithm, clock=True)
        lists = (
            x509.CertificateRevocationListBuilder(root.subject, now - DAY, now + 9 * DAY).sign(root_key, algorithm)  # type: ignore[arg-type]
        )
        self.folder, self.digest, self.own, self.root_key = folder, digest, own, root_key
        self.bundle = TrustBundle((root,), (lists,), ())
        plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))  # type: ignore[attr-defined]
        (folder / "own.pem").write_bytes(pem(own))
        (folder / "serial").write_text("01")
        (folder / "ts.cnf").write_text(CONFIG.format(digest=digest))

    def stamp(self, data: bytes) -> bytes:
        (self.folder / "data").write_bytes(data)
        self.openssl("-query", "-data", "data", f"-{self.digest}", "-cert", "-out", "query")
        signer = "-signer", "own.pem", "-inkey", "key.pem"
        self.openssl(
            "-reply",
            "-config",
            "ts.cnf",
            "-section",
            "tsa",
            "-queryfile",
            "query",
            *signer,
            "-token_out",
            "-out",
            "token",
        )
        return (self.folder / "token").read_bytes()

    def another(self) -> bytes:
        """Return a certificate with the stamper's key, name and number, valid a day longer."""
        own = self.own
        builder = x509.CertificateBuilder(
            own.issuer, own.subject, own.public_key(), own.serial_number,
            own.not_valid_before_utc, own.not_valid_after_utc + DAY, list(own.extensions),
        )  # fmt: skip
        made = builder.sign(self.root_key, own.signature_hash_algorithm)  # type: ignore[arg-type]
        return made.public_bytes(serialization.Encoding.DER)

    def openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", "ts", *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_tokens_of_other_time_stampers_verify(kind: str, digest: str, tmp_path: Path) -> None:
    clock = TimestampAuthority(tmp_path, kind, digest)
    token = clock.stamp(DATA)
    assert abs(check_token(token, DATA, clock.bundle) - now_utc()) < timedelta(minutes=1)
    with pytest.raises(InvalidError, match="for other bytes"):
        check_token(token, DATA + b"!", clock.bundle)
    with pytest.raises(InvalidError, match="not signed by its certificate"):
        check_token(token[:-1] + bytes([token[-1] ^ 1]), DATA, clock.bundle)


def test_a_token_names_its_certificate_so_that_it_cannot_be_replaced(tmp_path: Path) -> None:
    clock = TimestampAuthority(tmp_path, "rsa", "sha256")
    token, own = clock.stamp(DATA), clock.own.public_bytes(serialization.Encoding.DER)
    changed = token.replace(own, clock.another())
    assert len(changed) == len(token)
    with pytest.raises(InvalidError, match="names another certificate"):
        check_token(changed, DATA, clock.bundle)


def test_a_short_rsa_key_proves_nothing() -> None:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505  # its weakness is the point
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    signature = key.sign(DATA, PKCS1v15(), hashes.SHA256())
    with pytest.raises(MalformedError, match="no suite"):
        signature_holds(bytes.fromhex("300d06092a864886f70d01010b0500"), spki, signature, DATA)
