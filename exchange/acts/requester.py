"""Identification: a system by the certificate of its connection, an operator by the host's login.

What is due by the clock, the node does itself.
"""

import time
from dataclasses import dataclass
from typing import TypeAlias, TypedDict

from cryptography import x509

from exchange.acts.refusals import Reason, Refusal, disagrees
from keys.certificates import fingerprint
from registry.agencies import Agency, State, System
from registry.enrolled import Enrolled
from registry.register import Register

HOST = "@host"
"""The channel by which operators act, as systems are those of their officers."""
_MAX_KNOWN = 10_000
_IN_DOUBT = Refusal(Reason.REGISTER_IN_DOUBT, "the register is in doubt; nothing is answered until it is read")


@dataclass(frozen=True, slots=True)
class Requester:
    """An active system of an agency; or as ``bearer``, the bearer of a code that the system made."""

    agency: Agency
    system: System
    bearer: bool = False

    @property
    def id(self) -> str:
        """The system's id."""
        return self.system.id


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who runs a command on the node's host, with access to its database and keys.

    ``authenticated`` says that the kernel keeps the name of the login; else ``name`` is that of the account that runs
    the command, which several people may use.
    """

    name: str
    authenticated: bool

    @property
    def id(self) -> str:
        """The name, with the host's channel before it, which is no system's id."""
        return f"{HOST}/{self.name}"

    @property
    def known_by(self) -> str:
        """How the operator is identified: ``login`` or ``account``, as in leaves."""
        return "login" if self.authenticated else "account"


@dataclass(frozen=True, slots=True)
class Node:
    """The node itself, which does what is due by the clock."""

    @property
    def id(self) -> str:
        """A name that no system's id can be."""
        return "@node"

    @property
    def known_by(self) -> str:
        """How leaves say that it is the node."""
        return "node"


Principal: TypeAlias = Requester | Operator | Node
"""Who acts."""


def requester_of(principal: Principal) -> Requester:
    """Return the system that acts, in acts that are for systems only.

    Raises:
        TypeError: it is not a system.
    """
    if isinstance(principal, Requester):
        return principal
    raise TypeError("only systems do this")


class Party(TypedDict, total=False):
    """The agency and system that act, as facts of leaves."""

    agency: str
    system: str


def party_of(principal: Principal | Refusal) -> Party:
    """Return the agency and system that act; empty for operators and unknown callers."""
    if not isinstance(principal, Requester):
        return {}
    return {"agency": principal.agency.uscc, "system": principal.system.id}


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
            detail = "this certificate is not on record, or has expired"
            return Caller(known, Refusal(Reason.CERTIFICATE_UNKNOWN, detail))
        if found.in_force and not_after >= time.time():
            requester: Principal | Refusal = Requester(found.agency, found.system)
        elif not_after < time.time():
            requester = Refusal(Reason.CERTIFICATE_UNKNOWN, "this certificate has expired")
        elif found.departed:
            requester = disagrees("this certificate or its system")
        elif found.revoked:
            requester = Refusal(Reason.CERTIFICATE_REVOKED, "this certificate is revoked")
        elif found.moved:
            requester = Refusal(Reason.CERTIFICATE_UNKNOWN, "this certificate was issued for another agency")
        else:
            requester = _suspended(found)
        return Caller(found.system.id, requester)

    def bearer(self, system: str, register: Register | None) -> Caller:
        """Return the bearer of a system's code, who may do what the system may, at most."""
        caller = f"bearer of {system}"
        if register is None:
            return Caller(caller, _IN_DOUBT)
        enrolled = [
            item
            for item in register.certificates.values()
            if item.system.id == system and not (item.revoked or item.moved)
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


def _suspended(found: Enrolled) -> Refusal:
    """Return the refusal of a system that is not active, or whose agency is not."""
    if found.system.state is not State.ACTIVE:
        return Refusal(Reason.SYSTEM_SUSPENDED, f"the system is {found.system.state.value}")
    return Refusal(Reason.AGENCY_SUSPENDED, f"the agency is {found.agency.state.value}")
