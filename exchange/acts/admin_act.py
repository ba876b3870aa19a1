"""Acts on the registers that are administered online, and their entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import asyncpg

from exchange.acts.authorization import Resource, agency_entity
from exchange.acts.command import MAX_WHY, is_reason
from exchange.acts.failures import failed
from exchange.acts.on_record import OnRecord
from exchange.acts.principals import entity_of
from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.acts.requester import Node, Official, Operator, Principal, party_of, person_of
from exchange.acts.state import NodeState
from keys.errors import InvalidError, MalformedError, UnknownYearError
from keys.leaf.facts import ActFacts
from keys.printable import is_printable
from registry.content import Row
from registry.errors import NotOnRecordError, RuleError
from registry.ledger.leaf import Entry, Opening, Pseudonyms
from registry.transitions import ConflictError, IllegalTransitionError

_MAX_ITEM = 100
_UNKNOWN = Refusal(Reason.ITEM_UNKNOWN, "nothing with this id is on record for the caller", "id")
_FORBIDDEN = Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")
_FORBIDS = {
    "guardrail:four-eyes": Refusal(Reason.FOUR_EYES, "this takes another person than those who took a step before"),
    "guardrail:person": Refusal(Reason.FOUR_EYES, "this takes a person on record, not a system"),
    "guardrail:channel": Refusal(Reason.POLICY_FORBIDS, "the system of this connection is of another agency"),
    "guardrail:own-agency": Refusal(Reason.POLICY_FORBIDS, "the applicant's agency does not decide"),
}
"""What is said of a policy that forbids, by how its id begins."""


class ClockStep(NamedTuple):
    """A step of a clock: start, pause, resume or stop; ``limit`` and days or hours where it starts."""

    step: str
    limit: str = ""
    days: int = 0
    hours: int = 0


@dataclass(frozen=True, slots=True)
class ItemTarget:
    """A loaded row of a register; see ``Target``. ``owner`` asks, ``source`` decides; both are agencies.

    ``proposer``, ``steps`` and ``claimed_by`` are ids of persons: who proposed it, all who took a deciding step, and
    who works on it. ``waits_for`` and ``waits_duty`` are the agency and the duty whose turn it is.
    """

    register: str
    id: str
    state: str = ""
    owner: str = ""
    source: str = ""
    proposer: str = ""
    steps: Sequence[str] = ()
    dataset: str = ""
    sharing: str = ""
    waits_for: str = ""
    waits_duty: str = ""
    claimed_by: str = ""

    def resource(self) -> Resource:
        """Return the row as a Cedar resource."""
        agencies = {"owner": self.owner, "source": self.source, "waits_for": self.waits_for}
        people = {"proposer": self.proposer, "claimed_by": self.claimed_by}
        texts = {"waits_duty": self.waits_duty, "sharing": self.sharing}
        attributes: dict[str, Any] = {
            "register": self.register,
            "state": self.state,
            "steps": [entity_of("Official", item) for item in sorted({*self.steps})],
            **{name: agency_entity(item) for name, item in agencies.items() if item},
            **{name: entity_of("Official", item) for name, item in people.items() if item},
            **{name: item for name, item in texts.items() if item},
        }
        return Resource("Item", f"{self.register}/{self.id}", attributes, self.dataset)


@dataclass(frozen=True, slots=True)
class AdminAct:
    """An act on a register, or on the item of an id; see ``Act``.

    ``why`` is the reason, which a change needs. ``item``, ``dataset`` and ``matter`` are ids.
    """

    register: str
    name: str
    why: str = ""
    item: str = ""
    dataset: str = ""
    matter: str = ""
    target: ItemTarget | None = None
    """The loaded item; while it is None, the act is on the whole register."""
    reads: bool = False
    """Whether it changes nothing: then it needs no reason, and is cancelled when its caller leaves."""

    @property
    def action(self) -> str:
        """The register and what is done on it."""
        return f"{self.register}.{self.name}"

    @property
    def ends_with_caller(self) -> bool:
        """Whether it changes nothing."""
        return self.reads

    @property
    def shape(self) -> tuple[str, ...]:
        """Empty: decisions are not cached."""
        return ()

    def understood(self, _state: NodeState) -> Self | Refusal:
        """Return the act, or the refusal of a missing reason or a malformed id."""
        if self.why or not self.reads:
            if not self.why.strip():
                return Refusal(Reason.BASIS_MISSING, "a change needs a reason", "reason")
            if not is_reason(self.why):
                return Refusal(Reason.INVALID_REQUEST, f"reason: 1 to {MAX_WHY} printable characters", "reason")
        if len(self.item) > _MAX_ITEM or not is_printable(self.item):
            return Refusal(Reason.INVALID_REQUEST, f"id: at most {_MAX_ITEM} printable characters", "id")
        return self

    def resource(self, _state: NodeState) -> Resource:
        """Return the item, or the register, as a Cedar resource."""
        return self.target.resource() if self.target else Resource("Register", self.register)

    def context(self, _state: NodeState) -> Mapping[str, Any]:
        """Return the reason."""
        return {"reason": self.why.strip()}

    def why_not(self, _state: NodeState, _principal: Principal, forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of the policy that forbids, or for an item of others, that of an unknown one."""
        for begin, refusal in _FORBIDS.items():
            if any(name.startswith(begin) for name in forbidding):
                return refusal
        return _FORBIDDEN if forbidding or self.target is None else _UNKNOWN

    def refusal_of(self, error: Exception) -> Refusal:
        """Return the refusal of a failed act by its reason; without details if the failure is unknown."""
        match error:
            case RuleError():
                return invalid(error)
            case UnknownYearError():
                return Refusal(Reason.CALENDAR_UNKNOWN, str(error))
            case MalformedError() | InvalidError():
                return Refusal(Reason.INVALID_REQUEST, str(error))
            case ConflictError():
                return Refusal(Reason.ITEM_CHANGED, str(error), "etag")
            case IllegalTransitionError():
                return Refusal(Reason.ILLEGAL_TRANSITION, str(error))
            case NotOnRecordError():
                return _UNKNOWN
            case asyncpg.UniqueViolationError():
                return Refusal(Reason.ITEM_EXISTS, "another item has this id, or a value that only one may have", "id")
        return failed(error)

    def refusal_entry(
        self, principal: Principal | Refusal, refusal: Refusal, on_record: OnRecord, _pseudonyms: Pseudonyms
    ) -> Entry:
        """Return the ledger entry of a refusal, which names only what is on record."""
        named = {"object": self.item if self.target else "", "matter": on_record.matter(self.matter)}
        dataset = self.dataset if on_record.dataset(self.dataset) else ""
        return self._entry(principal, refusal.reason.decision, refusal.reason.name, dataset=dataset, **named)

    def permit_entry(
        self,
        principal: Principal,
        result: str,
        row: Row | None = None,
        *,
        source: str = "",
        clock: ClockStep | None = None,
        told: Sequence[str] = (),
        policy: str = "",
    ) -> Entry:
        """Return the ledger entry of a completed act.

        ``row`` is the register's row after it, ``source`` the agency that owes what the clock runs for, ``policy`` the
        digest of the policies.
        """
        facts = {"object": row.id if row else self.item, "dataset": self.dataset, "matter": self.matter}
        step = clock or ClockStep("")
        entry = self._entry(
            principal, "permit", result, **facts, source=source, told=tuple(told), policy=policy, clock=step.step,
            limit=step.limit, days=step.days, hours=step.hours,
        )  # fmt: skip
        entry.row = row
        return entry

    def _entry(self, principal: Principal | Refusal, decision: str, reason: str, **facts: Any) -> Entry:
        known_by = principal.known_by if isinstance(principal, Operator | Node) else ""
        leaf = ActFacts(
            self.action,
            decision,
            reason,
            **party_of(principal),
            operator=known_by,
            person=person_of(principal),
            **facts,
        )
        officer = principal.officer if isinstance(principal, Official) else ""
        return Entry(leaf, Opening(officer=officer, request=self.why.strip()[:MAX_WHY]))
