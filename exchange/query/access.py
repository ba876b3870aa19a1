"""Access to datasets: grants as policies read them, and reasons for denials."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from exchange.acts.authorization import Finder, Permitting, agency_entity
from exchange.acts.permit import Permit
from exchange.acts.principals import entity_of
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Requester
from exchange.query.question import Question
from registry.catalogue import Dataset, Sharing
from registry.grants import Grant
from registry.matters import Matter, Mode
from registry.register import Register

_ACTIONS = {
    Mode.VERIFY: ("verify", "license.compare", "license.watch"),
    Mode.QUERY: ("query", "license.compare", "license.watch", "license.link", "license.download"),
}
"""The actions that each mode of a grant permits: a query, and the equivalent act on licenses."""


class Granted(NamedTuple):
    """The permit of a question: the dataset, the grants, and the digest of all that apply."""

    dataset: Dataset
    grants: tuple[Grant, ...]
    policy_digest: str

    @property
    def policies(self) -> tuple[str, ...]:
        """The ids of the permitting policies, with the ids of the grants that they read."""
        return tuple([f"grant:{grant.id}" for grant in self.grants])

    @classmethod
    def of(cls, permit: Permit[Any], dataset: str) -> "Granted":
        """Return the grants of a permit."""
        return cls(permit.state.register.datasets[dataset], permit.rows, permit.digest)


def _grants(register: Register, dataset: str, agency: str) -> Sequence[Grant]:
    return register.grants.get((dataset, agency), ())


def _permitting(grant: Grant) -> Permitting:
    begin, end = int(grant.valid_from.timestamp()), int(grant.valid_to.timestamp())
    attributes = {
        "agency": agency_entity(grant.agency),
        "dataset": entity_of("Dataset", grant.dataset),
        "actions": [entity_of("Action", name) for mode in grant.modes for name in _ACTIONS[mode]],
        "fields": grant.fields,
        "matters": grant.matters,
        "legal_basis": grant.legal_basis,
        "valid_from": begin,
        "valid_to": end,
    }
    return Permitting("grant", grant.id, attributes, begin, end, grant)


GRANTS = Finder(_grants, _permitting)
"""The grants of a dataset to an agency, for the policy ``grant``."""


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
