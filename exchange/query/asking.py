"""The act of asking a question."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.acts.authorization import Resource
from exchange.acts.failures import failed
from exchange.acts.on_record import OnRecord
from exchange.acts.refusals import Reason, Refusal, disagrees, invalid
from exchange.acts.requester import Principal, requester_of
from exchange.acts.state import NodeState
from exchange.query.access import why_not
from exchange.query.entries import refusal_entry
from exchange.query.question import Question, check_question
from registry.errors import RuleError
from registry.ledger.leaf import Entry, Pseudonyms
from registry.licenses.types import DATASET_PREFIX


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks one question about one subject or a chunk of subjects; see ``Act``."""

    question: Question

    @property
    def action(self) -> str:
        """``verify`` or ``query``."""
        return self.question.mode.value

    @property
    def ends_with_caller(self) -> bool:
        """True: it changes nothing."""
        return True

    @property
    def shape(self) -> tuple[str, ...]:
        """The dataset, basis and fields, on which the decision depends."""
        question = self.question
        return (question.dataset, question.basis.matter, question.basis.legal_basis, *question.accessed_fields)

    def understood(self, state: NodeState) -> "Asking | Refusal":
        """Return the question in canonical form, about a dataset on record."""
        question = self.question
        if question.basis.missing:
            field = f"basis.{question.basis.missing}"
            return Refusal(Reason.BASIS_MISSING, f"{field}: no question without a basis", field)
        dataset = state.register.datasets.get(question.dataset)
        if dataset is None and state.register.departed.has("dataset", question.dataset):
            return disagrees("the dataset", "dataset")
        if dataset is None and question.dataset.startswith(DATASET_PREFIX):
            return Refusal(Reason.LICENSE_TYPE_UNKNOWN, "no such license type on record", "type")
        if dataset is None:
            return Refusal(Reason.DATASET_UNKNOWN, "no such dataset in the catalogue", "dataset")
        try:
            checked = check_question(question, dataset)
        except RuleError as error:
            return invalid(error)
        return self if checked is question else Asking(checked)

    def resource(self, state: NodeState) -> Resource:
        """Return the dataset as a Cedar resource."""
        dataset = state.register.datasets[self.question.dataset]
        return Resource("Dataset", dataset.id, {"sharing": dataset.sharing.value})

    def context(self, state: NodeState) -> Mapping[str, Any]:
        """Return the fields, the basis, and whether the matter requires the dataset on that basis."""
        question, basis = self.question, self.question.basis
        matter = state.register.matters.get(basis.matter)
        return {
            "fields": list(question.accessed_fields),
            "matter": basis.matter,
            "legal_basis": basis.legal_basis,
            "matter_needs_dataset": matter is not None and matter.allows(question.dataset, basis.legal_basis),
        }

    def why_not(self, state: NodeState, principal: Principal, _forbidding: frozenset[str]) -> Refusal:
        """Return the first missing condition of a denied question."""
        register, question = state.register, self.question
        if register.departed.has("matter", question.basis.matter):
            return disagrees("the matter", "basis.matter")
        requester = requester_of(principal)
        if register.departed.about(("grant",), requester.agency.uscc, question.dataset):
            return disagrees("a grant of the dataset to this agency", "dataset")
        dataset, matter = register.datasets[question.dataset], register.matters.get(question.basis.matter)
        own = register.grants.get((question.dataset, requester.agency.uscc), ())
        return why_not(requester, question, dataset, matter, own, int(time.time()))

    def refusal_of(self, error: Exception) -> Refusal:
        """Return the refusal of a failure, without its details."""
        return failed(error)

    def refusal_entry(
        self, requester: Principal | Refusal, refusal: Refusal, on_record: OnRecord, pseudonyms: Pseudonyms
    ) -> Entry:
        """Return the ledger entry of a refusal."""
        return refusal_entry(requester, self.question, refusal, on_record, pseudonyms)
