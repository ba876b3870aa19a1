"""Authorize: Cedar decides whether a requester may ask a question; deny by default, forbid beats permit.

Policies are sliced per dataset: the standing guardrails and one generated policy a grant. A slice is validated against
the schema when it is made; a slice that does not validate denies everything. An evaluation error is a denial.
Decisions are kept by slice digest and request shape, and never beyond the next time at which a grant begins or ends.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import cedarpy
import structlog

from exchange.acts.policies import guardrails, listed, quoted, schema
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from exchange.query.question import Question
from registry.agencies import State
from registry.catalogue import Dataset, Sharing
from registry.grants import Grant
from registry.matters import Matter
from registry.register import Register

_MAX_KEPT = 50_000
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to ask: the dataset, the grants that gave it, and the digest of the policies that were in force."""

    dataset: Dataset
    grants: tuple[Grant, ...]
    policy_digest: str

    @property
    def policies(self) -> list[str]:
        """The ids of the policies that permitted."""
        return [policy_id(grant) for grant in self.grants]


@dataclass(frozen=True, slots=True)
class Slice:
    """The policies about one dataset."""

    text: str
    digest: str
    policies: cedarpy.PolicySet | None
    grants: tuple[Grant, ...]


def policy_id(grant: Grant) -> str:
    """The id under which a grant's policy is known."""
    return f"grant:{grant.id}"


class Access:
    """Decides for one reading of the register; a new reading makes a new one."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._schema = schema("datasets")
        self._guardrails = guardrails("datasets")
        self._slices: dict[str, Slice] = {}
        self._kept: dict[tuple[str, ...], tuple[float, Permit | Refusal]] = {}

    def authorize(self, requester: Requester, question: Question, dataset: Dataset) -> Permit | Refusal:
        """Whether the requester may ask this; a refusal says what is missing."""
        basis = question.basis
        shape = (
            requester.system.id,
            dataset.id,
            question.mode,
            basis.matter,
            basis.legal_basis,
            *question.accessed_fields,
        )
        now = time.time()
        kept = self._kept.get(shape)
        if kept is not None and now < kept[0]:
            return kept[1]
        policies = self.slice(dataset)
        decision = self._decide(requester, question, dataset, policies, int(now))
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        self._kept[shape] = _next_change(policies.grants, now), decision
        return decision

    def slice(self, dataset: Dataset) -> Slice:
        """The policies about a dataset, made once for each reading of the register."""
        found = self._slices.get(dataset.id)
        if found is None:
            grants = self._register.grants.get(dataset.id, ())
            text = "\n".join([self._guardrails, *map(_policy, grants)])
            valid = cedarpy.validate_policies(text, self._schema)
            if not valid:
                log.error("access.policies_invalid", dataset=dataset.id, errors=[str(error) for error in valid.errors])
            policies = cedarpy.PolicySet.from_str(text) if valid else None
            found = Slice(text, sha256(text.encode()).hexdigest(), policies, grants)
            self._slices[dataset.id] = found
        return found

    def _decide(
        self, requester: Requester, question: Question, dataset: Dataset, policies: Slice, now: int
    ) -> Permit | Refusal:
        matter = self._register.matters.get(question.basis.matter)
        if policies.policies is None:
            return Refusal(Reason.POLICY_FORBIDS, "the policies about this dataset are not valid; nothing is permitted")
        result = cedarpy.is_authorized(
            {
                "principal": {"type": "System", "id": requester.system.id},
                "action": {"type": "Action", "id": question.mode.value},
                "resource": {"type": "Dataset", "id": dataset.id},
                "context": {
                    "fields": list(question.accessed_fields),
                    "matter": question.basis.matter,
                    "legal_basis": question.basis.legal_basis,
                    "matter_needs_dataset": matter is not None
                    and matter.allows(dataset.id, question.basis.legal_basis),
                    "now": now,
                },
            },
            policies.policies,
            _entities(requester, dataset),
            self._schema,
        )
        if result.allowed and not result.diagnostics.errors:
            named = set(result.diagnostics.id_annotations_by_reason.values())
            return Permit(dataset, tuple(item for item in policies.grants if policy_id(item) in named), policies.digest)
        return _why_not(requester, question, dataset, matter, policies.grants, now)


def _entities(requester: Requester, dataset: Dataset) -> list[dict[str, object]]:
    agency = {"type": "Agency", "id": requester.agency.uscc}
    active = requester.system.state is State.ACTIVE
    return [
        {"uid": agency, "attrs": {}, "parents": []},
        {"uid": {"type": "System", "id": requester.system.id}, "attrs": {"active": active}, "parents": [agency]},
        {"uid": {"type": "Dataset", "id": dataset.id}, "attrs": {"sharing": dataset.sharing.value}, "parents": []},
    ]


def _policy(grant: Grant) -> str:
    """A grant as a Cedar policy."""
    actions = ", ".join(f"Action::{quoted(mode.value)}" for mode in grant.modes)
    return f"""
@id({quoted(policy_id(grant))})
permit (
  principal in Agency::{quoted(grant.agency)},
  action in [{actions}],
  resource == Dataset::{quoted(grant.dataset)}
)
when {{
  {listed(grant.fields)}.containsAll(context.fields) &&
  {listed(grant.matters)}.contains(context.matter) &&
  context.legal_basis == {quoted(grant.legal_basis)} &&
  context.now >= {int(grant.valid_from.timestamp())} && context.now < {int(grant.valid_to.timestamp())}
}};"""


def _next_change(grants: Sequence[Grant], now: float) -> float:
    """The next time at which one of the grants begins or ends."""
    times = [time.timestamp() for grant in grants for time in (grant.valid_from, grant.valid_to)]
    return min((time for time in times if time > now), default=float("inf"))


def _why_not(
    requester: Requester, question: Question, dataset: Dataset, matter: Matter | None, grants: Sequence[Grant], now: int
) -> Refusal:
    """Put a denial into words: the first thing, in the order in which a person would mend them, that is missing."""
    basis = question.basis
    if matter is None:
        return Refusal(Reason.MATTER_UNKNOWN, "no such matter on record", "basis.matter")
    if not matter.uses(dataset.id):
        return Refusal(
            Reason.MATTER_WITHOUT_DATASET, f"the matter {matter.id} does not need {dataset.id}", "basis.matter"
        )
    if not matter.allows(dataset.id, basis.legal_basis):
        return Refusal(
            Reason.LEGAL_BASIS_MISMATCH,
            f"not the legal basis on which {matter.id} needs {dataset.id}",
            "basis.legal_basis",
        )
    if dataset.sharing is Sharing.WITHHELD:
        return Refusal(Reason.DATASET_WITHHELD, f"{dataset.id} is withheld", "dataset")
    own = [grant for grant in grants if grant.agency == requester.agency.uscc]
    if not own:
        return Refusal(
            Reason.NO_GRANT, f"{requester.agency.name} has no grant for {dataset.id}; apply for one", "dataset"
        )
    own = [grant for grant in own if int(grant.valid_from.timestamp()) <= now < int(grant.valid_to.timestamp())]
    if not own:
        return Refusal(Reason.GRANT_NOT_IN_FORCE, f"the grant for {dataset.id} has expired or has not begun", "dataset")
    own = [grant for grant in own if basis.matter in grant.matters and basis.legal_basis == grant.legal_basis]
    if not own:
        return Refusal(
            Reason.MATTER_NOT_GRANTED,
            f"the grant for {dataset.id} is not for this matter and legal basis",
            "basis.matter",
        )
    own = [grant for grant in own if question.mode in grant.modes]
    if not own:
        return Refusal(
            Reason.MODE_NOT_GRANTED, f"the grant for {dataset.id} does not allow {question.mode.value}", "dataset"
        )
    granted = set().union(*(grant.fields for grant in own))
    if odd := sorted(set(question.accessed_fields) - granted):
        return Refusal(Reason.FIELD_NOT_GRANTED, f"the grant for {dataset.id} does not hold {', '.join(odd)}", "fields")
    return Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")
