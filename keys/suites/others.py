"""Verification of RSA (PKCS #1 v1.5) and ECDSA (P-256, P-384, P-521) signatures of other parties.

With SHA-256, SHA-384 or SHA-512, for certificates and time-stamps; this package does not sign with them. The algorithm
``rsaEncryption`` names no digest: in CMS (RFC 3370, 3.2) it is the signer's digest algorithm.
"""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from keys import der
from keys.errors import MalformedError

_RSA = "1.2.840.113549.1.1.1"
_LEAST_BITS, _MOST_BITS = 2048, 8192
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_WITH_RSA: Mapping[str, hashes.HashAlgorithm] = {
    "1.2.840.113549.1.1.11": hashes.SHA256(),
    "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(),
}
_WITH_ECDSA: Mapping[str, hashes.HashAlgorithm] = {
    "1.2.840.10045.4.3.2": hashes.SHA256(),
    "1.2.840.10045.4.3.3": hashes.SHA384(),
    "1.2.840.10045.4.3.4": hashes.SHA512(),
}


def holds(algorithm: bytes, spki: bytes, signature: bytes, data: bytes, digest: str = "") -> bool:
    """Return whether a signature is a key's.

    ``algorithm`` is an AlgorithmIdentifier (DER); ``digest`` is the signer's digest algorithm in CMS.

    Raises:
        MalformedError: the algorithm or the key is not supported.
    """
    fields = der.Fields(der.read(algorithm, "signature algorithm"), "signature algorithm")
    name = fields.oid("algorithm")
    fields.optional(der.NULL)
    fields.end()
    try:
        key = serialization.load_der_public_key(spki)
    except Exception as error:  # the package raises many types for keys that it refuses
        raise MalformedError("public key: no suite for its algorithm") from error
    try:
        if isinstance(key, rsa.RSAPublicKey) and _LEAST_BITS <= key.key_size <= _MOST_BITS:
            known = _DIGESTS.get(digest) if name == _RSA else _WITH_RSA.get(name)
            if known is not None:
                key.verify(signature, data, PKCS1v15(), known)
                return True
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES) and name in _WITH_ECDSA:
            key.verify(signature, data, ec.ECDSA(_WITH_ECDSA[name]))
            return True
    except InvalidSignature:
        return False
    raise MalformedError("signature algorithm: no suite for it")
