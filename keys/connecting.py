"""Keys of connecting systems: those that gRPC clients can use in a TLS 1.3 handshake with the node."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from keys.errors import InvalidError, MalformedError

_CURVES = (ec.SECP256R1, ec.SECP384R1)
_RSA_BITS = range(3072, 8193)
_RULE = "a system connects with an EC key on P-256 or P-384, or an RSA key of 3072 to 8192 bits"


def connecting_key(pem: bytes) -> bytes:
    """Return the public key (SPKI) of a PEM PKCS#10 request, after checking proof of possession.

    Raises:
        MalformedError: not a request, or a key that no gRPC client can use (Ed25519, SM2, P-521, short RSA).
        InvalidError: the request is not signed by its own key.
    """
    try:
        csr = x509.load_pem_x509_csr(pem)
    except ValueError as error:
        raise MalformedError("certificate request: not PEM PKCS#10") from error
    try:
        key = csr.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedError(f"certificate request: {_RULE}") from error
    if not _connects(key):
        raise MalformedError(f"certificate request: {_RULE}")
    try:
        signed = csr.is_signature_valid
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        signed = False
    if not signed:
        raise InvalidError("certificate request: not signed by the key that it asks a certificate for")
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def require_own_key(certificate: bytes, key: bytes) -> None:
    """Require that a private key is that of a chain's first certificate, both PEM.

    Raises:
        MalformedError: the chain or the key cannot be read.
        InvalidError: the key is that of another certificate.
    """
    try:
        own = x509.load_pem_x509_certificates(certificate)[0].public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedError("certificate: not PEM certificates") from error
    try:
        public = serialization.load_pem_private_key(key, None).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise MalformedError("key: not a PEM private key without a password") from error
    if public != own:
        raise InvalidError("key: not that of the certificate, which is the first of its chain")


def _connects(key: object) -> bool:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return isinstance(key.curve, _CURVES)
    return isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS
