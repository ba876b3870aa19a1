"""Identification: of systems and persons by certificate, or of persons by a token."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

from exchange.acts.refusals import Reason, Refusal, disagrees
from exchange.acts.requester import Official, Principal, Proof, Requester
from keys.certificates import fingerprint, read_certificate
from registry.agencies import Agency, State
from registry.enrolled import Enrolled
from registry.people import Person, PersonState
from registry.register import Register

_MAX_KNOWN = 10_000
_IN_DOUBT = Refusal(Reason.REGISTER_IN_DOUBT, "the register is in doubt; nothing is answered until it is read")
_MOVED = "this certificate was issued for another agency"


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller for rates, by system id or certificate fingerprint; and the requester, if identified."""

    id: str
    requester: Principal | Refusal


class Authenticator:
    """Identifies callers; caches parsed certificates, and checks their recorded state at each call."""

    def __init__(self) -> None:
        self._parsed: dict[bytes, tuple[str, float]] = {}

    def identify(self, pem: bytes, register: Register | None) -> Caller:
        """Return the caller of a certificate (PEM, verified by TLS); no requester without a register."""
        if not pem:
            return Caller("", Refusal(Reason.CERTIFICATE_MISSING, "connect with the certificate of an enrolled system"))
        known, not_after = self._parsed.get(pem) or self._parse(pem)
        if register is None:
            return Caller(known, _IN_DOUBT)
        found = register.certificates.get(known)
        if found is None:
            return self._person_by_certificate(known, not_after, register)
        if found.in_force and not_after >= time.time():
            requester: Principal | Refusal = Requester(found.agency, found.system)
        elif not_after < time.time():
            requester = Refusal(Reason.CERTIFICATE_UNKNOWN, "this certificate has expired")
        elif found.departed:
            requester = disagrees("this certificate or its system")
        elif found.revoked:
            requester = Refusal(Reason.CERTIFICATE_REVOKED, "this certificate is revoked")
        elif found.moved:
            requester = Refusal(Reason.CERTIFICATE_UNKNOWN, _MOVED)
        else:
            requester = _suspended(found)
        return Caller(found.system.id, requester)

    def official(self, person: str | Refusal, pem: bytes, register: Register | None) -> Caller:
        """Return a person whom a token names, through the system of a certificate, or a refusal."""
        channel = self.identify(pem, register)
        if register is None or isinstance(channel.requester, Refusal):
            return channel
        if isinstance(person, Refusal):
            return Caller(channel.id, person)
        if not isinstance(channel.requester, Requester):
            return Caller(channel.id, Refusal(Reason.TOKEN_INVALID, "a token comes through a system's connection"))
        found = register.people.get(person)
        if found is None:
            return Caller(channel.id, Refusal(Reason.TOKEN_INVALID, "the person is no longer on record"))
        agency = register.agencies.get(found.agency)
        if agency is None or register.departed.has("agency", found.agency):
            return Caller(channel.id, disagrees("the person's agency"))
        return Caller(channel.id, _official(found, agency, Proof.TOKEN, register, channel.requester))

    def _person_by_certificate(self, known: str, not_after: float, register: Register) -> Caller:
        found = register.people_by_certificate.get(known)
        if found is None:
            detail = "this certificate is not on record, or has expired"
            return Caller(known, Refusal(Reason.CERTIFICATE_UNKNOWN, detail))
        if not_after < time.time():
            official: Principal | Refusal = Refusal(Reason.CERTIFICATE_UNKNOWN, "this certificate has expired")
        elif found.departed:
            official = disagrees("this certificate or its agency")
        elif found.revoked:
            official = Refusal(Reason.CERTIFICATE_REVOKED, "this certificate is revoked")
        elif found.moved:
            official = Refusal(Reason.CERTIFICATE_UNKNOWN, _MOVED)
        else:
            official = _official(found.person, found.agency, Proof.CERTIFICATE, register)
        return Caller(found.person.id, official)

    def bearer(self, system: str, register: Register | None) -> Caller:
        """Return the bearer of a system's code, who may do what the system may, at most."""
        caller = f"bearer of {system}"
        if register is None:
            return Caller(caller, _IN_DOUBT)
        enrolled = [
            item
            for item in register.certificates.values()
            if item.system.id == system and not (item.revoked or item.moved) and (item.departed or _lasts(item))
        ]
        if not enrolled:
            detail = "the system that made the code has no certificate in force"
            return Caller(caller, Refusal(Reason.CERTIFICATE_REVOKED, detail))
        found = enrolled[0]
        if found.departed:
            return Caller(caller, disagrees("the system that made the code"))
        if not found.in_force:
            return Caller(caller, _suspended(found))
        return Caller(caller, Requester(found.agency, found.system, bearer=True))

    def _parse(self, pem: bytes) -> tuple[str, float]:
        certificate = x509.load_pem_x509_certificate(pem)
        if len(self._parsed) >= _MAX_KNOWN:
            self._parsed.clear()
        known = fingerprint(certificate), certificate.not_valid_after_utc.timestamp()
        self._parsed[pem] = known
        return known


def _lasts(found: Enrolled) -> bool:
    """Return whether a certificate has not expired."""
    return read_certificate(found.der).not_valid_after_utc.timestamp() >= time.time()


def _suspended(found: Enrolled) -> Refusal:
    """Return the refusal of a system that is not active, or whose agency is not."""
    if found.system.state is not State.ACTIVE:
        return Refusal(Reason.SYSTEM_SUSPENDED, f"the system is {found.system.state.value}")
    return Refusal(Reason.AGENCY_SUSPENDED, f"the agency is {found.agency.state.value}")


def _official(
    person: Person, agency: Agency, proof: Proof, register: Register, channel: Requester | None = None
) -> Official | Refusal:
    """Return a person on record with all duties, or why the person does not act now."""
    if person.state is not PersonState.ACTIVE:
        return Refusal(Reason.PERSON_SUSPENDED, f"the person is {person.state.value}")
    if agency.state is not State.ACTIVE:
        return Refusal(Reason.AGENCY_SUSPENDED, f"the agency is {agency.state.value}")
    now = datetime.now(UTC)
    instead_of = [item for item in register.people.values() if item.deputy and item.is_deputy(person.id, now)]
    return Official(person, agency, proof, channel, tuple(instead_of))
