"""What every signature suite gives: keys that sign and verify, and their names in X.509.

A signer and a verifier speak raw JOSE signatures (RFC 7518 3.4: r‖s for curves; RFC 8037 for EdDSA); ``encode`` and
``decode`` turn them into the form of X.509 and CMS, and back.
"""

from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_HALF = 32


class Verifier(Protocol):
    """A public key of one suite."""

    @property
    def algorithm(self) -> str:
        """The suite's name."""

    @property
    def spki(self) -> bytes:
        """SubjectPublicKeyInfo, DER (RFC 5280)."""

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether ``signature`` (raw JOSE form) is this key's over ``data``."""


class Signer(Protocol):
    """A private key of one suite."""

    @property
    def algorithm(self) -> str:
        """The suite's name."""

    @property
    def verifier(self) -> Verifier:
        """The public half."""

    def sign(self, data: bytes) -> bytes:
        """A raw JOSE signature over ``data``."""

    def pkcs8(self, password: bytes | None = None) -> bytes:
        """The key itself, PEM, for the software store and for TLS; encrypted where there is a password."""


class Suite(Protocol):
    """One algorithm: makes keys and recognises its own."""

    name: str
    key_algorithm: bytes
    """AlgorithmIdentifier of its public keys, DER."""
    signature_algorithm: bytes
    """AlgorithmIdentifier of its signatures, DER."""
    signature_habit: bytes
    """As others write it, and mean the same; empty where they do not."""

    def generate(self) -> Signer:
        """A new private key from the system's generator."""

    def signer(self, pkcs8: bytes, password: bytes | None) -> Signer | None:
        """The signer of a PEM PKCS#8 key, or None if the key is of another suite or does not open."""

    def verifier(self, spki: bytes) -> Verifier:
        """The verifier of a public key whose algorithm is this suite's.

        Raises:
            MalformedError: it is not a key of this suite.
        """

    def encode(self, signature: bytes) -> bytes:
        """A raw signature as X.509 has it."""

    def decode(self, signature: bytes) -> bytes | None:
        """A signature of X.509 in its raw form, or None if it has no such form."""


class RsForm:
    """Signatures of two 32-byte numbers: r‖s raw, DER ``SEQUENCE { r, s }`` in X.509."""

    def encode(self, signature: bytes) -> bytes:
        """r‖s as DER."""
        return encode_dss_signature(int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:]))

    def decode(self, signature: bytes) -> bytes | None:
        """DER as r‖s."""
        try:
            r, s = decode_dss_signature(signature)
            return r.to_bytes(_HALF) + s.to_bytes(_HALF)
        except (ValueError, OverflowError):
            return None
