"""Signature suites by JOSE or X.509 name; no code outside this package depends on a suite.

To add a suite, add a module and a line in ``SUITES``.
"""

from contextlib import suppress

from keys.der import sequence_of
from keys.errors import MalformedError, UnsupportedError
from keys.suites import others
from keys.suites.ed25519 import Ed25519, ed25519_public
from keys.suites.p256 import P256
from keys.suites.protocol import Signer, Suite, Verifier
from keys.suites.sm2 import Sm2

__all__ = [
    "SUITES",
    "Signer",
    "Suite",
    "Verifier",
    "algorithm_habit",
    "ed25519_public",
    "signature_holds",
    "signer_for",
    "verifier_for",
]

SUITES: dict[str, Suite] = {suite.name: suite for suite in (P256(), Ed25519(), Sm2())}


def signer_for(pkcs8: bytes, password: bytes | None = None) -> Signer:
    """Read a PEM PKCS#8 private key of any suite.

    Raises:
        MalformedError: not a private key, a wrong password, or a key of no suite.
    """
    if password is None and b"BEGIN ENCRYPTED PRIVATE KEY" in pkcs8:
        raise MalformedError("private key: it is encrypted, and no password is set")
    for suite in SUITES.values():
        with suppress(UnsupportedError):  # another kind of key, which this machine cannot use
            if signer := suite.signer(pkcs8, password):
                return signer
    raise MalformedError("private key: not PKCS#8 of a suite known on this machine that this password opens")


def verifier_for(spki: bytes) -> Verifier:
    """Return the verifier of a SubjectPublicKeyInfo (DER).

    Raises:
        MalformedError: not a public key, or a key of no suite.
    """
    algorithm = sequence_of(spki, "public key")[0].raw
    for suite in SUITES.values():
        if suite.key_algorithm == algorithm:
            return suite.verifier(spki)
    raise MalformedError("public key: no suite for its algorithm")


def signature_holds(algorithm: bytes, spki: bytes, signature: bytes, data: bytes, digest: str = "") -> bool:
    """Return whether a signature, encoded as in X.509 and CMS, is a key's over data.

    Args:
        algorithm: the signature's AlgorithmIdentifier (DER).
        spki: the key, SubjectPublicKeyInfo (DER).
        signature: the encoded signature.
        data: the signed bytes.
        digest: the digest algorithm that the signer names separately (CMS).

    Raises:
        MalformedError: there is no suite for the algorithm or the key.
    """
    key = sequence_of(spki, "public key")[0].raw
    for suite in SUITES.values():
        if suite.key_algorithm == key and algorithm in (suite.signature_algorithm, suite.signature_habit):
            raw = suite.decode(signature)
            return raw is not None and suite.verifier(spki).verify(raw, data)
    return others.holds(algorithm, spki, signature, data, digest)


def algorithm_habit(algorithm: bytes) -> str:
    """Return an AlgorithmIdentifier's (DER) deviation from the standard as a sentence, or nothing."""
    usual = any(suite.signature_habit and suite.signature_habit == algorithm for suite in SUITES.values())
    return "its AlgorithmIdentifier has NULL parameters" if usual else ""
