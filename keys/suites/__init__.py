"""Signature suites, by their JOSE or X.509 names; beyond this package nothing knows one algorithm from another.

Another suite joins by one more module and one more line in ``SUITES``.
"""

from contextlib import suppress

from keys.der import sequence_of
from keys.errors import MalformedError, UnsupportedError
from keys.suites.ed25519 import Ed25519, ed25519_public
from keys.suites.p256 import P256
from keys.suites.protocol import Signer, Suite, Verifier
from keys.suites.sm2 import Sm2

__all__ = ["SUITES", "Signer", "Suite", "Verifier", "ed25519_public", "signer_for", "suite_signing", "verifier_for"]

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


def suite_signing(algorithm: bytes) -> Suite:
    """The suite of a signature's AlgorithmIdentifier (DER).

    Raises:
        MalformedError: there is none.
    """
    for suite in SUITES.values():
        if suite.signature_algorithm == algorithm:
            return suite
    raise MalformedError("signature algorithm: no suite for it")
