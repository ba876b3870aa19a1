"""Protocols of signature suites: keys that sign and verify, and their names in X.509.

Signers and verifiers use raw JOSE signatures (RFC 7518 3.4: r‖s for curves; RFC 8037 for EdDSA); ``encode`` and
``decode`` convert them to and from the form of X.509 and CMS.
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
        """The SubjectPublicKeyInfo in DER (RFC 5280)."""

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Return whether ``signature`` (raw JOSE form) is this key's over ``data``."""


class Signer(Protocol):
    """A private key of one suite."""

    @property
    def algorithm(self) -> str:
        """The suite's name."""

    @property
    def verifier(self) -> Verifier:
        """The public key's verifier."""

    def sign(self, data: bytes) -> bytes:
        """Return a raw JOSE signature over ``data``."""

    def pkcs8(self, password: bytes | None = None) -> bytes:
        """Return the private key in PEM, for the software store and TLS; encrypted if there is a password."""


class Suite(Protocol):
    """One algorithm: generates keys and recognizes its own."""

    name: str
    key_algorithm: bytes
    """AlgorithmIdentifier of its public keys in DER."""
    signature_algorithm: bytes
    """AlgorithmIdentifier of its signatures in DER."""
    signature_habit: bytes
    """An equivalent AlgorithmIdentifier in common use; empty if there is none."""

    def generate(self) -> Signer:
        """Generate a private key with the system's random number generator."""

    def signer(self, pkcs8: bytes, password: bytes | None) -> Signer | None:
        """Return the signer of a PEM PKCS#8 key, or None if it is of another suite or does not decrypt."""

    def verifier(self, spki: bytes) -> Verifier:
        """Return the verifier of a public key with this suite's algorithm.

        Raises:
            MalformedError: the key is not of this suite.
        """

    def encode(self, signature: bytes) -> bytes:
        """Encode a raw signature in the form of X.509."""

    def decode(self, signature: bytes) -> bytes | None:
        """Decode a signature of X.509 to its raw form, or return None if it has none."""


class RsForm:
    """Signatures of two 32-byte numbers: r‖s raw, DER ``SEQUENCE { r, s }`` in X.509."""

    def encode(self, signature: bytes) -> bytes:
        """Encode r‖s as DER."""
        return encode_dss_signature(int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:]))

    def decode(self, signature: bytes) -> bytes | None:
        """Decode DER to r‖s."""
        try:
            r, s = decode_dss_signature(signature)
            return r.to_bytes(_HALF) + s.to_bytes(_HALF)
        except (ValueError, OverflowError):
            return None
