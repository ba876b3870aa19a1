"""Seals with which the node signs answers, licenses and status lists for agencies."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509

from keys.errors import KeysError
from keys.jws import Issuer
from keys.store import KeyStore
from keys.suites import Signer
from registry.register import Register
from registry.seals.kinds import TargetKind


@dataclass(frozen=True, slots=True)
class AgencySeal:
    """An agency's seal whose key the node has; ``chain`` is its certificate (DER) and its issuer's."""

    signer: Signer
    chain: tuple[bytes, bytes]
    not_after: float
    _issuers: dict[str, Issuer] = field(default_factory=dict, compare=False, repr=False)

    @property
    def certificate(self) -> bytes:
        """The seal's certificate in DER."""
        return self.chain[0]

    def issuer(self, media_type: str) -> Issuer:
        """Return the issuer of JWTs of one media type, which is cached."""
        found = self._issuers.get(media_type)
        if found is None:
            found = self._issuers[media_type] = Issuer(self.signer, self.chain, media_type)
        return found


class AgencySeals:
    """The seals of one reading of the registers whose keys are in a key store."""

    def __init__(self, register: Register, keys: KeyStore, issuing_certificate: bytes) -> None:
        self._register = register
        self._keys = keys
        self._issuing_certificate = issuing_certificate
        self._known: dict[tuple[str, TargetKind], AgencySeal | None] = {}

    def of(self, agency: str, use: TargetKind) -> AgencySeal | None:
        """Return an agency's current seal for answers, licenses or status lists; None if there is none."""
        key = agency, use
        if key not in self._known:
            self._known[key] = self._find(agency, use)
        found = self._known[key]
        return found if found and found.not_after > datetime.now(UTC).timestamp() else None

    def departs(self, agency: str) -> bool:
        """Whether a seal of an agency, or its certificate, is not as the ledger records it."""
        return self._register.departed.about(("seal", "certificate"), agency)

    def _find(self, agency: str, use: TargetKind) -> AgencySeal | None:
        seal = self._register.seal_for(agency, use)
        if seal is None:
            return None
        try:
            signer = self._keys.signer(seal.key_name)
        except KeysError:
            return None  # the key is elsewhere
        not_after = x509.load_der_x509_certificate(seal.certificate).not_valid_after_utc.timestamp()
        return AgencySeal(signer, (seal.certificate, self._issuing_certificate), not_after)
