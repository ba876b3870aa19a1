"""Access to datasets: grants as Cedar policies, and reasons for denials."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.acts.authorization import Policy
from exchange.acts.permit import Permit
from exchange.acts.policies import listed, quoted
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from exchange.query.question import Question
from registry.catalogue import Dataset, Sharing
from registry.grants import Grant
from registry.matters import Matter, Mode
from registry.register import Register


@dataclass(frozen=True, slots=True)
class Granted:
    """The permit of a question: the dataset, the grants, and the digest of the policies."""

    dataset: Dataset
    grants: tuple[Grant, ...]
    policy_digest: str
    policies: tuple[str, ...] = field(init=False)
    """The ids of the permitting policies."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "policies", tuple(policy_id(grant) for grant in self.grants))

    @classmethod
    def of(cls, permit: Permit[object], dataset: str) -> "Granted":  # type: ignore[type-var]
        """Return the grants among the policies of a permit."""
        register = permit.state.register
        grants = register.grants.get((dataset, permit.requester.agency.uscc), ())
        found = tuple(grant for grant in grants if policy_id(grant) in permit.policies)
        return cls(register.datasets[dataset], found, permit.digest)


def policy_id(grant: Grant) -> str:
    """Return the id of a grant's policy."""
    return f"grant:{grant.id}"


def grant_policies(register: Register, dataset: str) -> Sequence[Policy]:
    """Return the policies of a dataset, one for each grant."""
    return [
        Policy(policy_id(grant), _policy(grant), int(grant.valid_from.timestamp()), int(grant.valid_to.timestamp()))
        for (of, _), grants in register.grants.items()
        if of == dataset
        for grant in grants
    ]


_ACTIONS = {
    Mode.VERIFY: ("verify", "license.compare", "license.watch"),
    Mode.QUERY: ("query", "license.compare", "license.watch", "license.link", "license.download"),
}
"""The actions that each mode of a grant permits: a query, and the equivalent act on licenses."""


def _policy(grant: Grant) -> str:
    """Return a grant as a Cedar policy."""
    names = dict.fromkeys(name for mode in grant.modes for name in _ACTIONS[mode])
    actions = ", ".join(f"Action::{quoted(name)}" for name in names)
    return f"""
@id({quoted(policy_id(grant))})
permit (
  principal in Agency::{quoted(grant.agency)},
  action in [{actions}],
  resource in Dataset::{quoted(grant.dataset)}
)
when {{
  context has fields && {listed(grant.fields)}.containsAll(context.fields) &&
  {listed(grant.matters)}.contains(context.matter) &&
  context.legal_basis == {quoted(grant.legal_basis)} &&
  context.now >= {int(grant.valid_from.timestamp())} && context.now < {int(grant.valid_to.timestamp())}
}};"""


def why_not(
    requester: Requester, question: Question, dataset: Dataset, matter: Matter | None, own: Sequence[Grant], now: int
) -> Refusal:
    """Return the refusal of a denied question: the first missing condition, in the order of remedies.

    ``own`` are the grants of the dataset to the requester's agency.
    """
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
