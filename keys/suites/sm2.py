"""SM2 with SM3 (GB/T 32918, OID 1.2.156.10197.1.501), used for national e-seals.

JOSE has no name for it; the name is that of X.509 software. The distinguishing identity is the standard's default.
"""

from dataclasses import dataclass

from keys import libcrypto
from keys.suites.protocol import RsForm, Signer, Verifier

IDENTITY = b"1234567812345678"
"""The default identity of GB/T 35276."""
_SIGNATURE = 64


@dataclass(frozen=True, slots=True)
class _Sm2Verifier:
    key: libcrypto.Key
    form: RsForm
    algorithm: str = "SM2-SM3"

    @property
    def spki(self) -> bytes:
        return libcrypto.write_public(self.key)

    def verify(self, signature: bytes, data: bytes) -> bool:
        if len(signature) != _SIGNATURE:
            return False
        return libcrypto.verify(self.key, IDENTITY, self.form.encode(signature), data)


@dataclass(frozen=True, slots=True)
class _Sm2Signer:
    key: libcrypto.Key
    form: RsForm
    algorithm: str = "SM2-SM3"

    @property
    def verifier(self) -> Verifier:
        return _Sm2Verifier(libcrypto.read_public(libcrypto.write_public(self.key)), self.form)

    def sign(self, data: bytes) -> bytes:
        return self.form.decode(libcrypto.sign(self.key, IDENTITY, data)) or b""

    def pkcs8(self, password: bytes | None = None) -> bytes:
        return libcrypto.write_private(self.key, password)


class Sm2(RsForm):
    """The suite of SM2 with SM3."""

    name = "SM2-SM3"
    key_algorithm = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
    signature_algorithm = bytes.fromhex("300a06082a811ccf55018375")
    signature_habit = bytes.fromhex("300c06082a811ccf550183750500")  # with NULL parameters, the common form

    def generate(self) -> Signer:
        """Generate an SM2 key."""
        return _Sm2Signer(libcrypto.generate(), self)

    def signer(self, pkcs8: bytes, password: bytes | None) -> Signer | None:
        """Return the signer of an SM2 private key; None for other keys."""
        key = libcrypto.read_private(pkcs8, password)
        return _Sm2Signer(key, self) if key else None

    def verifier(self, spki: bytes) -> Verifier:
        """Return the verifier of an SM2 public key."""
        return _Sm2Verifier(libcrypto.read_public(spki), self)
