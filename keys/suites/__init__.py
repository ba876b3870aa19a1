"""Signature suites, by their JOSE or X.509 names; beyond this package nothing knows one algorithm from another.

Another suite joins by one more module and one more line in ``SUITES``.
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
        MalformedError: not a private key, a wrong password, or no suite for it.
    """
    if password is None and b"BEGIN ENCRYPTED PRIVATE KEY" in pkcs8:
        raise MalformedError("private key: it is encrypted, and no password is set")
    for suite in SUITES.values():
        with suppress(UnsupportedError):  # whatever else it is, it is not a key that this machine can use
            if signer := suite.signer(pkcs8, password):
                return signer
    raise MalformedError("private key: not PKCS#8 of a suite known on this machine that this password opens")


def verifier_for(spki: bytes) -> Verifier:
    """The verifier of a SubjectPublicKeyInfo (DER).

    Raises:
        MalformedError: not a public key, or no suite for it.
    """
    algorithm = sequence_of(spki, "public key")[0].raw
    for suite in SUITES.values():
        if suite.key_algorithm == algorithm:
            return suite.verifier(spki)
    raise MalformedError("public key: no suite for its algorithm")


def signature_holds(algorithm: bytes, spki: bytes, signature: bytes, data: bytes, digest: str = "") -> bool:
    """Whether a signature, in the form of X.509 and CMS, is a key's over data.

    Args:
        algorithm: the signature's AlgorithmIdentifier (DER).
        spki: the key, SubjectPublicKeyInfo (DER).
        signature: as it is there.
        data: what is signed.
        digest: the digest algorithm that the signer names beside it (CMS).

    Raises:
        MalformedError: no suite for the algorithm or the key.
    """
    key = sequence_of(spki, "public key")[0].raw
    for suite in SUITES.values():
        if suite.key_algorithm == key and algorithm in (suite.signature_algorithm, suite.signature_habit):
            raw = suite.decode(signature)
            return raw is not None and suite.verifier(spki).verify(raw, data)
    return others.holds(algorithm, spki, signature, data, digest)


def algorithm_habit(algorithm: bytes) -> str:
    """How an AlgorithmIdentifier (DER) differs from the standard's, as a sentence tells it, or nothing."""
    usual = any(suite.signature_habit and suite.signature_habit == algorithm for suite in SUITES.values())
    return "its AlgorithmIdentifier has NULL parameters" if usual else ""
