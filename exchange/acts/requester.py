"""Who acts: a system, a person on record, an operator on the node's host, or the node itself."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypedDict

from exchange.acts.refusals import Refusal
from registry.agencies import Agency, Duty, System
from registry.people import Person

HOST = "@host"
"""The channel by which operators act, as systems are those of their officers."""


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


class Proof(StrEnum):
    """How a person is identified, as in leaves."""

    CERTIFICATE = "certificate"
    TOKEN = "token"  # noqa: S105  # no password


@dataclass(frozen=True, slots=True)
class Official:
    """A person on record, who acts for an agency.

    ``channel`` is the system through which a token came. ``instead_of`` are those of whom the person is deputy now.
    """

    person: Person
    agency: Agency
    proof: Proof
    channel: Requester | None = None
    instead_of: tuple[Person, ...] = ()

    @property
    def id(self) -> str:
        """The person's id."""
        return self.person.id

    @property
    def duties(self) -> frozenset[Duty]:
        """The own duties, and those of whom the person is deputy."""
        return frozenset(self.person.duties).union(*(item.duties for item in self.instead_of))

    @property
    def officer(self) -> str:
        """The person, and for whom, as the openings of entries say."""
        named = [f"person:{item.id}" for item in (self.person, *self.instead_of)]
        return " for ".join([named[0], ", ".join(named[1:])]) if self.instead_of else named[0]


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


Principal: TypeAlias = Requester | Official | Operator | Node
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
    """Return the agency and system that act; empty for operators and unknown callers.

    Of a person, they are the agency, and the system through which a token came.
    """
    if isinstance(principal, Official):
        party: Party = {"agency": principal.agency.uscc}
        return party | {"system": principal.channel.id} if principal.channel else party
    if not isinstance(principal, Requester):
        return {}
    return {"agency": principal.agency.uscc, "system": principal.system.id}


def person_of(principal: Principal | Refusal) -> str:
    """Return how the person who acts is identified, as leaves say; empty if it is none on record."""
    return principal.proof.value if isinstance(principal, Official) else ""
