"""ECDSA on P-256 with SHA-256 (ES256), used for certificates and seals."""

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from keys.errors import MalformedError
from keys.suites.protocol import RsForm, Signer, Verifier

_HALF = 32
_ECDSA = ec.ECDSA(hashes.SHA256())
_DER, _PEM = serialization.Encoding.DER, serialization.Encoding.PEM
_SPKI, _PKCS8 = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PrivateFormat.PKCS8


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
    key: ec.EllipticCurvePrivateKey
    form: RsForm
    algorithm: str = "ES256"

    @property
    def verifier(self) -> Verifier:
        return _P256Verifier(self.key.public_key())

    def sign(self, data: bytes) -> bytes:
        return self.form.decode(self.key.sign(data, _ECDSA)) or b""

    def pkcs8(self, password: bytes | None = None) -> bytes:
        return self.key.private_bytes(_PEM, _PKCS8, encryption(password))


class P256(RsForm):
    """The suite of ECDSA on P-256."""

    name = "ES256"
    key_algorithm = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    signature_algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    signature_habit = b""

    def generate(self) -> Signer:
        """Generate a P-256 key."""
        return _P256Signer(ec.generate_private_key(ec.SECP256R1()), self)

    def signer(self, pkcs8: bytes, password: bytes | None) -> Signer | None:
        """Return the signer of a P-256 private key; None for other keys."""
        key = load(pkcs8, password)
        of_suite = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
        return _P256Signer(key, self) if of_suite else None  # type: ignore[arg-type]

    def verifier(self, spki: bytes) -> Verifier:
        """Return the verifier of a P-256 public key."""
        try:
            key = serialization.load_der_public_key(spki)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise MalformedError("public key: not a point on P-256") from error
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise MalformedError("public key: not a point on P-256")
        return _P256Verifier(key)


def load(pkcs8: bytes, password: bytes | None) -> object:
    """Return a private key as an object of the cryptography package, or None if it cannot read it."""
    try:
        return serialization.load_pem_private_key(pkcs8, password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def encryption(password: bytes | None) -> serialization.KeySerializationEncryption:
    """Return the encryption of a stored key."""
    return serialization.NoEncryption() if password is None else serialization.BestAvailableEncryption(password)
