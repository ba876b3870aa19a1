"""Access to seals: their attributes, and rules of use, as policies read them; reasons for denials."""

import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from exchange.acts.authorization import Finder, Permitting, Resource, agency_entity
from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.acts.principals import entity_of
from exchange.acts.refusals import Reason, Refusal, disagrees
from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Principal, Requester, requester_of
from exchange.acts.state import NodeState
from registry.basis import Basis
from registry.names import normal
from registry.register import Register
from registry.seals.kinds import TargetKind
from registry.seals.rules import SealRule
from registry.seals.seal import Seal

A = TypeVar("A", RegisterAct, Command)

_FORBIDDEN = Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")
UNKNOWN = Refusal(Reason.SEAL_UNKNOWN, "seal: no such seal of this agency")


@dataclass(frozen=True, slots=True)
class SealTarget:
    """A seal, and the ``person`` who takes a step of it (``channel/name``), if one does; see ``Target``.

    Denials do not reveal that another agency's seal exists.
    """

    seal: Seal
    person: str = ""

    def resource(self) -> Resource:
        """Return the seal with its agency, state, period, and who applied for and approved it."""
        return _resource(self.seal)

    @property
    def context(self) -> Mapping[str, Any]:
        """Return the person."""
        return {"person": _person(self.person)} if self.person else {}

    @property
    def shape(self) -> tuple[str, ...]:
        """The seal's attributes; empty for a step, since persons' names are arbitrary."""
        return () if self.person else (self.seal.id, self.seal.agency, self.seal.state.value)

    def why_not(self, _state: NodeState, principal: Principal, action: str, forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of one person's second step, of another agency's seal, or of a policy."""
        if any(name.startswith("guardrail:four-eyes") for name in forbidding):
            step = action.rpartition(".")[2]
            detail = f"officer: who applied for or approved a seal does not {step} it: four eyes"
            return Refusal(Reason.FOUR_EYES, detail, "basis.officer" if isinstance(principal, Requester) else "")
        return _FORBIDDEN if forbidding else UNKNOWN


@dataclass(frozen=True, slots=True)
class UseTarget:
    """A seal that an officer is to use on a target; see ``Target``."""

    seal: Seal
    target_kind: TargetKind
    basis: Basis

    def resource(self) -> Resource:
        """Return the seal with its agency and state."""
        return _resource(self.seal)

    @property
    def context(self) -> Mapping[str, Any]:
        """Return the target kind and the officer."""
        return {"target_kind": self.target_kind.value, "officer": self.basis.officer}

    @property
    def shape(self) -> tuple[str, ...]:
        """Empty: decisions are not cached, since officers' names are arbitrary."""
        return ()

    def why_not(self, state: NodeState, principal: Principal, _action: str, forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of the first missing condition."""
        if "guardrail:custody" in forbidding:
            return Refusal(Reason.SEAL_NOT_OWN, f"seal {self.seal.id} is another agency's", "seal")
        if "guardrail:not-in-use" in forbidding:
            return not_in_use(self.seal.id)
        if state.register.departed.about(("seal-rule",), self.seal.id):
            return disagrees("a rule of this seal", "seal")
        rules = state.register.seal_rules.get(self.seal.id, ())
        return _why_not(requester_of(principal), self, rules, int(time.time()))


@dataclass(frozen=True, slots=True)
class AllSeals:
    """The seals of all agencies; see ``Target``."""

    def resource(self) -> Resource:
        """Return all seals as a Cedar resource."""
        return Resource("Seals", "")

    @property
    def context(self) -> Mapping[str, Any]:
        """Return an empty context."""
        return {}

    @property
    def shape(self) -> tuple[str, ...]:
        """The requester, on whom the decision depends."""
        return ("all",)

    def why_not(self, _state: NodeState, _principal: Principal, _action: str, _forbidding: frozenset[str]) -> Refusal:
        """Return the refusal, since all seals are for the authority."""
        return _FORBIDDEN


def over_seal(permit: Permit[A], seal: Seal, person: str = "") -> Permit[A] | Refusal:
    """Return the permit of an act on a seal; ``person`` takes the step (``channel/name``), if it is one."""
    return permit.over(replace(permit.act, target=SealTarget(seal, person)))


def over_all_seals(permit: Permit[RegisterAct]) -> Permit[RegisterAct] | Refusal:
    """Return the permit of an act on the seals of all agencies."""
    return permit.over(replace(permit.act, target=AllSeals()))


def over_use(permit: Permit[RegisterAct], seal: Seal, target_kind: TargetKind) -> Permit[RegisterAct] | Refusal:
    """Return the permit to use a seal in an act, whatever its name."""
    target = UseTarget(seal, target_kind, permit.act.basis)
    return permit.over(replace(permit.act, register="seal", name="use", item=seal.id, target=target))


def rules_of(use: Permit[RegisterAct]) -> tuple[SealRule, ...]:
    """Return the rules that permit the use of a seal."""
    return use.rows


def not_in_use(seal: str) -> Refusal:
    """Return the refusal to use a seal that is not in force."""
    return Refusal(Reason.SEAL_NOT_IN_USE, f"no seal {seal[:40]!r} is in use", "seal")


def _resource(seal: Seal) -> Resource:
    attributes: dict[str, Any] = {
        "state": seal.state.value,
        "agency": agency_entity(seal.agency),
        "applicant": _person(seal.applied_by),
    }
    if seal.approved_by:
        attributes["approver"] = _person(seal.approved_by)
    if seal.valid_from and seal.valid_to:
        attributes |= {"valid_from": int(seal.valid_from.timestamp()), "valid_to": int(seal.valid_to.timestamp())}
    return Resource("Seal", seal.id, attributes)


def _person(text: str) -> dict[str, str]:
    """Return the channel and the name of a person, without what typing adds to a name."""
    channel, _, name = text.partition("/")
    return {"channel": channel, "name": "".join(c for c in normal(name) if unicodedata.category(c)[0] not in "PSZ")}


def _rules(register: Register, seal: str, _agency: str) -> Sequence[SealRule]:
    return register.seal_rules.get(seal, ())


def _permitting(rule: SealRule) -> Permitting:
    begin, end = int(rule.valid_from.timestamp()), int(rule.valid_to.timestamp())
    attributes = {
        "seal": entity_of("Seal", rule.seal),
        "systems": [entity_of("System", system) for system in rule.systems],
        "target_kinds": rule.target_kinds,
        "matters": rule.matters,
        "valid_from": begin,
        "valid_to": end,
    }
    officers = {"officers": rule.officers} if rule.officers else {}
    return Permitting("rule", rule.id, attributes | officers, begin, end, rule)


RULES = Finder(_rules, _permitting)
"""The rules of use of a seal, for the policy ``rule``."""


def _why_not(requester: Requester, use: UseTarget, rules: Sequence[SealRule], now: int) -> Refusal:
    """Return the refusal of a denied use: the first missing condition."""
    seal, target_kind, basis = use.seal, use.target_kind, use.basis
    own = [rule for rule in rules if requester.system.id in rule.systems]
    if not own:
        return Refusal(Reason.NO_SEAL_RULE, f"no rule lets {requester.system.id} use seal {seal.id}", "seal")
    own = [rule for rule in own if rule.valid_from.timestamp() <= now < rule.valid_to.timestamp()]
    if not own:
        return Refusal(Reason.NO_SEAL_RULE, f"the rule for seal {seal.id} has expired or has not begun", "seal")
    own = [rule for rule in own if target_kind in rule.target_kinds]
    if not own:
        return Refusal(Reason.NO_SEAL_RULE, f"no rule lets seal {seal.id} be put on a {target_kind}", "target_kind")
    own = [rule for rule in own if basis.matter in rule.matters]
    if not own:
        return Refusal(Reason.NO_SEAL_RULE, f"no rule lets seal {seal.id} be used for this matter", "basis.matter")
    if not any(not rule.officers or basis.officer in rule.officers for rule in own):
        return Refusal(Reason.NO_SEAL_RULE, f"no rule lets this officer use seal {seal.id}", "basis.officer")
    return _FORBIDDEN
