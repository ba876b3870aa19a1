"""Authorize the use of a seal: Cedar decides over the rules of use; deny by default, forbid beats permit.

Policies are sliced per seal: the standing guardrails and one generated policy a rule. A slice that does not validate
against the schema permits nothing; an evaluation error is a denial.
"""

import time
from collections.abc import Sequence

import cedarpy
import structlog

from exchange.acts.policies import guardrails, listed, quoted, schema
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from registry.agencies import State
from registry.basis import Basis
from registry.register import Register
from registry.seals.kinds import SealedKind
from registry.seals.rules import SealRule
from registry.seals.seal import Seal

log = structlog.get_logger(__name__)


class SealAccess:
    """Decides for one reading of the register; a new reading makes a new one."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._schema = schema("seals")
        self._slices: dict[str, cedarpy.PolicySet | None] = {}

    def authorize(
        self, requester: Requester, seal: Seal, goes_on: SealedKind, basis: Basis
    ) -> tuple[SealRule, ...] | Refusal:
        """The rules under any of which a requester uses a seal now, or what is missing."""
        rules = self._register.seal_rules.get(seal.id, ())
        policies = self._slice(seal, rules)
        if policies is None:
            return Refusal(Reason.POLICY_FORBIDS, "the policies about this seal are not valid; nothing is permitted")
        now = int(time.time())
        result = cedarpy.is_authorized(
            {
                "principal": {"type": "System", "id": requester.system.id},
                "action": {"type": "Action", "id": "seal"},
                "resource": {"type": "Seal", "id": seal.id},
                "context": {
                    "goes_on": goes_on.value,
                    "matter": basis.matter,
                    "legal_basis": basis.legal_basis,
                    "officer": basis.officer,
                    "now": now,
                },
            },
            policies,
            _entities(requester, seal),
            self._schema,
        )
        if result.allowed and not result.diagnostics.errors:
            named = set(result.diagnostics.id_annotations_by_reason.values())
            return tuple(rule for rule in rules if f"rule:{rule.id}" in named)
        return _why_not(requester, seal, goes_on, basis, rules, now)

    def _slice(self, seal: Seal, rules: Sequence[SealRule]) -> cedarpy.PolicySet | None:
        if seal.id not in self._slices:
            text = "\n".join([guardrails("seals"), *map(_policy, rules)])
            valid = cedarpy.validate_policies(text, self._schema)
            if not valid:
                log.error("seals.policies_invalid", seal=seal.id, errors=[str(error) for error in valid.errors])
            self._slices[seal.id] = cedarpy.PolicySet.from_str(text) if valid else None
        return self._slices[seal.id]


def _entities(requester: Requester, seal: Seal) -> list[dict[str, object]]:
    own, owner = ({"type": "Agency", "id": uscc} for uscc in (requester.agency.uscc, seal.agency))
    active = requester.system.state is State.ACTIVE
    found: list[dict[str, object]] = [
        {"uid": own, "attrs": {}, "parents": []},
        {"uid": {"type": "System", "id": requester.system.id}, "attrs": {"active": active}, "parents": [own]},
        {
            "uid": {"type": "Seal", "id": seal.id},
            "attrs": {"state": seal.state.value, "agency": {"__entity": owner}},
            "parents": [],
        },
    ]
    return found if own == owner else [*found, {"uid": owner, "attrs": {}, "parents": []}]


def _policy(rule: SealRule) -> str:
    """A rule of use as a Cedar policy."""
    systems = " || ".join(f"principal == System::{quoted(system)}" for system in rule.systems)
    officers = f" &&\n  {listed(rule.officers)}.contains(context.officer)" if rule.officers else ""
    return f"""
@id({quoted(f"rule:{rule.id}")})
permit (principal, action == Action::"seal", resource == Seal::{quoted(rule.seal)})
when {{
  ({systems}) &&
  {listed([item.value for item in rule.goes_on])}.contains(context.goes_on) &&
  {listed(rule.matters)}.contains(context.matter) &&
  context.now >= {int(rule.valid_from.timestamp())} && context.now < {int(rule.valid_to.timestamp())}{officers}
}};"""


def _why_not(
    requester: Requester, seal: Seal, goes_on: SealedKind, basis: Basis, rules: Sequence[SealRule], now: int
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
    own = [rule for rule in own if goes_on in rule.goes_on]
    if not own:
        return Refusal(Reason.NO_SEAL_RULE, f"no rule lets seal {seal.id} go on a {goes_on}", "goes_on")
    own = [rule for rule in own if basis.matter in rule.matters]
    if not own:
        return Refusal(Reason.NO_SEAL_RULE, f"no rule lets seal {seal.id} be used for this matter", "basis.matter")
    if not any(not rule.officers or basis.officer in rule.officers for rule in own):
        return Refusal(Reason.NO_SEAL_RULE, f"no rule lets this officer use seal {seal.id}", "basis.officer")
    return Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")
