"""Authenticate: from the certificate of the connection to a requester on record."""

import time
from dataclasses import dataclass

from cryptography import x509

from exchange.acts.refusals import Reason, Refusal
from keys.certificates import fingerprint
from registry.agencies import Agency, Duty, State, System
from registry.register import Register

_MAX_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks: a system of an agency, with its duty."""

    agency: Agency
    system: System


class Authenticator:
    """Knows certificates that it has parsed; what the register says of them is asked anew for each call."""

    def __init__(self) -> None:
        self._parsed: dict[bytes, tuple[str, float]] = {}

    def authenticate(self, pem: bytes, register: Register, duty: Duty | None) -> Requester | Refusal:
        """The requester behind a certificate (PEM, as the TLS handshake verified it); ``duty`` None for any."""
        if not pem:
            return Refusal(Reason.CERTIFICATE_MISSING, "connect with the certificate of an enrolled system")
        known = self._parsed.get(pem) or self._parse(pem)
        found = register.certificates.get(known[0])
        if found is None or known[1] < time.time():
            return Refusal(Reason.CERTIFICATE_UNKNOWN, "this certificate is not on record, or has expired")
        if found.revoked:
            return Refusal(Reason.CERTIFICATE_REVOKED, "this certificate is revoked")
        if found.system.state is not State.ACTIVE:
            return Refusal(Reason.SYSTEM_SUSPENDED, f"the system is {found.system.state.value}")
        if duty is not None and found.system.duty is not duty:
            return Refusal(
                Reason.DUTY_MISSING, f"the system has the duty to {found.system.duty.value}, not to {duty.value}"
            )
        return Requester(found.agency, found.system)

    def caller(self, pem: bytes, register: Register) -> str:
        """Who calls, whatever may be answered: a system's id, or the fingerprint of a certificate not on record."""
        if not pem:
            return ""
        known, _ = self._parsed.get(pem) or self._parse(pem)
        found = register.certificates.get(known)
        return found.system.id if found else known

    def _parse(self, pem: bytes) -> tuple[str, float]:
        certificate = x509.load_pem_x509_certificate(pem)
        if len(self._parsed) >= _MAX_KNOWN:
            self._parsed.clear()
        known = fingerprint(certificate), certificate.not_valid_after_utc.timestamp()
        self._parsed[pem] = known
        return known
