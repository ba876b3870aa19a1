"""Access to documents: what policies see of them, and a denial in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from exchange.acts.authorization import Resource, agency_entity
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState
from registry.documents.document import Document

UNKNOWN = Refusal(Reason.DOCUMENT_UNKNOWN, "document: no such document of or for this agency")


@dataclass(frozen=True, slots=True)
class DocumentTarget:
    """A document with its deliveries; see ``Target``. Another agency's is not told from one that is not on record."""

    document: Document

    def resource(self) -> Resource:
        """The document, with its sender, its state, and those to whom it was sent."""
        recipients = [agency_entity(item.recipient) for item in self.document.deliveries]
        sender = agency_entity(self.document.agency)
        attributes = {"state": self.document.state.value, "sender": sender, "recipients": recipients}
        return Resource("Document", self.document.id, attributes)

    @property
    def context(self) -> Mapping[str, Any]:
        """Nothing besides."""
        return {}

    @property
    def shape(self) -> tuple[str, ...]:
        """A decision is not kept: recipients are many."""
        return ()

    def why_not(self, _state: NodeState, _requester: Requester, _action: str, forbidding: frozenset[str]) -> Refusal:
        """It is neither of the agency nor for it, or a policy forbids it."""
        if forbidding:
            return Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")
        return UNKNOWN


def over_document(permit: Permit[RegisterAct], document: Document, name: str = "") -> Permit[RegisterAct] | Refusal:
    """Leave to do an act, or another called ``name``, with a document."""
    return permit.over(replace(permit.act, name=name or permit.act.name, target=DocumentTarget(document)))
