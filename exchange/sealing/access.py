"""Access to seals: rules of use as Cedar policies, and why a use is denied."""

import time
from collections.abc import Sequence

from exchange.acts.authorization import Policy, Resource, agency_entity
from exchange.acts.policies import listed, quoted
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState
from registry.basis import Basis
from registry.register import Register
from registry.seals.kinds import TargetKind
from registry.seals.rules import SealRule
from registry.seals.seal import Seal


def authorize_use(
    state: NodeState, requester: Requester, seal: Seal, target_kind: TargetKind, basis: Basis
) -> tuple[SealRule, ...] | Refusal:
    """The rules under any of which a requester uses a seal now, or what is missing."""
    rules = state.register.seal_rules.get(seal.id, ())
    resource = Resource("Seal", seal.id, {"state": seal.state.value, "agency": agency_entity(seal.agency)})
    context = {
        "target_kind": target_kind.value,
        "matter": basis.matter,
        "legal_basis": basis.legal_basis,
        "officer": basis.officer,
    }
    decision = state.authorizer.decide(requester, "use_seal", resource, context)
    if decision.allowed:
        return tuple(rule for rule in rules if _policy_id(rule) in decision.policies)
    if not decision.valid:
        return Refusal(Reason.POLICY_FORBIDS, "the policies about this seal are not valid; nothing is permitted")
    return _why_not(requester, seal, target_kind, basis, rules, int(time.time()))


def rule_policies(register: Register, seal: str) -> Sequence[Policy]:
    """The policies of a seal: one for each rule of use."""
    return [
        Policy(_policy_id(rule), _policy(rule), int(rule.valid_from.timestamp()), int(rule.valid_to.timestamp()))
        for rule in register.seal_rules.get(seal, ())
    ]


def _policy_id(rule: SealRule) -> str:
    return f"rule:{rule.id}"


def _policy(rule: SealRule) -> str:
    """A rule of use as a Cedar policy."""
    systems = " || ".join(f"principal == System::{quoted(system)}" for system in rule.systems)
    officers = f" &&\n  {listed(rule.officers)}.contains(context.officer)" if rule.officers else ""
    return f"""
@id({quoted(_policy_id(rule))})
permit (principal, action == Action::"use_seal", resource == Seal::{quoted(rule.seal)})
when {{
  ({systems}) &&
  {listed([item.value for item in rule.target_kinds])}.contains(context.target_kind) &&
  {listed(rule.matters)}.contains(context.matter) &&
  context.now >= {int(rule.valid_from.timestamp())} && context.now < {int(rule.valid_to.timestamp())}{officers}
}};"""


def _why_not(
    requester: Requester, seal: Seal, target_kind: TargetKind, basis: Basis, rules: Sequence[SealRule], now: int
) -> Refusal:
    """Put a denial into words: the first thing that is missing."""
    if seal.agency != requester.agency.uscc:
        return Refusal(Reason.SEAL_NOT_OWN, f"seal {seal.id} is another agency's", "seal")
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
    return Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")
