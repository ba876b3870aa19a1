"""Signature suites, by their JOSE names; the only module that knows one algorithm from another.

A signer and a verifier speak raw JOSE signatures (RFC 7518 3.4: r‖s for ES256; RFC 8037 for EdDSA). Another suite
joins by one more class and one more line in ``SUITES``.
"""

from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from keys.errors import MalformedError

_HALF = 32
_ECDSA = ec.ECDSA(hashes.SHA256())
_DER = serialization.Encoding.DER
_SPKI = serialization.PublicFormat.SubjectPublicKeyInfo

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class Verifier(Protocol):
    """A public key of one suite."""

    @property
    def algorithm(self) -> str:
        """The JOSE name."""

    @property
    def spki(self) -> bytes:
        """SubjectPublicKeyInfo, DER (RFC 5280)."""

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether ``signature`` (raw JOSE form) is this key's over ``data``."""


class Signer(Protocol):
    """A private key of one suite."""

    @property
    def algorithm(self) -> str:
        """The JOSE name."""

    @property
    def private_key(self) -> PrivateKey:
        """The key itself, for building certificates."""

    @property
    def certificate_digest(self) -> hashes.SHA256 | None:
        """The digest with which it signs certificates; None where the algorithm brings its own."""

    @property
    def verifier(self) -> Verifier:
        """The public half."""

    def sign(self, data: bytes) -> bytes:
        """A raw JOSE signature over ``data``."""


@dataclass(frozen=True, slots=True)
class _P256Verifier:
    key: ec.EllipticCurvePublicKey
    algorithm: str = "ES256"

    @property
    def spki(self) -> bytes:
        return self.key.public_bytes(_DER, _SPKI)

    def verify(self, signature: bytes, data: bytes) -> bool:
        if len(signature) != 2 * _HALF:
            return False
        r, s = int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:])
        try:
            self.key.verify(encode_dss_signature(r, s), data, _ECDSA)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _P256Signer:
    private_key: ec.EllipticCurvePrivateKey
    algorithm: str = "ES256"

    @property
    def certificate_digest(self) -> hashes.SHA256:
        return hashes.SHA256()

    @property
    def verifier(self) -> Verifier:
        return _P256Verifier(self.private_key.public_key())

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self.private_key.sign(data, _ECDSA))
        return r.to_bytes(_HALF) + s.to_bytes(_HALF)


@dataclass(frozen=True, slots=True)
class _Ed25519Verifier:
    key: ed25519.Ed25519PublicKey
    algorithm: str = "EdDSA"

    @property
    def spki(self) -> bytes:
        return self.key.public_bytes(_DER, _SPKI)

    def verify(self, signature: bytes, data: bytes) -> bool:
        try:
            self.key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Ed25519Signer:
    private_key: ed25519.Ed25519PrivateKey
    algorithm: str = "EdDSA"

    @property
    def certificate_digest(self) -> None:
        return None

    @property
    def verifier(self) -> Verifier:
        return _Ed25519Verifier(self.private_key.public_key())

    def sign(self, data: bytes) -> bytes:
        return self.private_key.sign(data)


class Suite(Protocol):
    """One algorithm: makes keys and recognises its own."""

    name: str

    def generate(self) -> Signer:
        """A new private key from the system's generator."""

    def signer(self, key: object) -> Signer | None:
        """The signer for a parsed private key, or None if the key is of another suite."""

    def verifier(self, key: object) -> Verifier | None:
        """The verifier for a parsed public key, or None if the key is of another suite."""


class P256:
    """ECDSA on P-256 with SHA-256: certificates and seals."""

    name = "ES256"

    def generate(self) -> Signer:
        """A new P-256 key."""
        return _P256Signer(ec.generate_private_key(ec.SECP256R1()))

    def signer(self, key: object) -> Signer | None:
        """Recognise a P-256 private key."""
        of_suite = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
        return _P256Signer(key) if of_suite else None  # type: ignore[arg-type]

    def verifier(self, key: object) -> Verifier | None:
        """Recognise a P-256 public key."""
        of_suite = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
        return _P256Verifier(key) if of_suite else None  # type: ignore[arg-type]


class Ed25519:
    """Ed25519 (RFC 8032): the ledger's checkpoints."""

    name = "EdDSA"

    def generate(self) -> Signer:
        """A new Ed25519 key."""
        return _Ed25519Signer(ed25519.Ed25519PrivateKey.generate())

    def signer(self, key: object) -> Signer | None:
        """Recognise an Ed25519 private key."""
        return _Ed25519Signer(key) if isinstance(key, ed25519.Ed25519PrivateKey) else None

    def verifier(self, key: object) -> Verifier | None:
        """Recognise an Ed25519 public key."""
        return _Ed25519Verifier(key) if isinstance(key, ed25519.Ed25519PublicKey) else None


SUITES: dict[str, Suite] = {suite.name: suite for suite in (P256(), Ed25519())}


def signer_for(pkcs8: bytes, password: bytes | None = None) -> Signer:
    """Read a PEM PKCS#8 private key of any suite.

    Raises:
        MalformedError: not a private key, a wrong password, or no suite for it.
    """
    try:
        key = serialization.load_pem_private_key(pkcs8, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise MalformedError("private key: not PKCS#8 that this password opens") from error
    for suite in SUITES.values():
        if signer := suite.signer(key):
            return signer
    raise MalformedError(f"private key: no suite for a {type(key).__name__}")


def verifier_for(key: object) -> Verifier:
    """The verifier for a parsed public key (as X.509 parsing returns it).

    Raises:
        MalformedError: no suite for it.
    """
    for suite in SUITES.values():
        if verifier := suite.verifier(key):
            return verifier
    raise MalformedError(f"public key: no suite for a {type(key).__name__}")


def ed25519_public(raw: bytes) -> Verifier:
    """The verifier of a 32-byte Ed25519 public key, as signed notes carry it.

    Raises:
        MalformedError: not 32 bytes.
    """
    try:
        return _Ed25519Verifier(ed25519.Ed25519PublicKey.from_public_bytes(raw))
    except ValueError as error:
        raise MalformedError("Ed25519 public key: must be 32 bytes") from error
