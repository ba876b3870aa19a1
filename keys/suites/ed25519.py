"""Ed25519 (RFC 8032), used for the ledger's checkpoints."""

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from keys.errors import MalformedError
from keys.suites.p256 import encryption, load
from keys.suites.protocol import Signer, Verifier

_DER, _PEM = serialization.Encoding.DER, serialization.Encoding.PEM
_SPKI, _PKCS8 = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PrivateFormat.PKCS8
_SIGNATURE = 64


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
    key: ed25519.Ed25519PrivateKey
    algorithm: str = "EdDSA"

    @property
    def verifier(self) -> Verifier:
        return _Ed25519Verifier(self.key.public_key())

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)

    def pkcs8(self, password: bytes | None = None) -> bytes:
        return self.key.private_bytes(_PEM, _PKCS8, encryption(password))


class Ed25519:
    """The suite of Ed25519."""

    name = "EdDSA"
    key_algorithm = signature_algorithm = bytes.fromhex("300506032b6570")
    signature_habit = b""

    def generate(self) -> Signer:
        """Generate an Ed25519 key."""
        return _Ed25519Signer(ed25519.Ed25519PrivateKey.generate())

    def signer(self, pkcs8: bytes, password: bytes | None) -> Signer | None:
        """Return the signer of an Ed25519 private key; None for other keys."""
        key = load(pkcs8, password)
        return _Ed25519Signer(key) if isinstance(key, ed25519.Ed25519PrivateKey) else None

    def verifier(self, spki: bytes) -> Verifier:
        """Return the verifier of an Ed25519 public key."""
        try:
            key = serialization.load_der_public_key(spki)
        except ValueError as error:
            raise MalformedError("public key: not an Ed25519 key") from error
        if not isinstance(key, ed25519.Ed25519PublicKey):
            raise MalformedError("public key: not an Ed25519 key")
        return _Ed25519Verifier(key)

    def encode(self, signature: bytes) -> bytes:
        """Return the same bytes (RFC 8410)."""
        return signature

    def decode(self, signature: bytes) -> bytes | None:
        """Return the same bytes, or None if their length is wrong."""
        return signature if len(signature) == _SIGNATURE else None


def ed25519_public(raw: bytes) -> Verifier:
    """Return the verifier of a 32-byte Ed25519 public key, the form in signed notes.

    Raises:
        MalformedError: the key does not have 32 bytes.
    """
    try:
        return _Ed25519Verifier(ed25519.Ed25519PublicKey.from_public_bytes(raw))
    except ValueError as error:
        raise MalformedError("Ed25519 public key: must be 32 bytes") from error
