"""Access to documents: their attributes for policies, and reasons for denials."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from exchange.acts.authorization import Resource, agency_entity
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Principal
from exchange.acts.state import NodeState
from registry.documents import records
from registry.documents.document import Document
from registry.transitions import ConflictError

UNKNOWN = Refusal(Reason.DOCUMENT_UNKNOWN, "document: no such document of or for this agency")


@dataclass(frozen=True, slots=True)
class DocumentTarget:
    """A document with its deliveries; see ``Target``. Denials do not reveal that it exists."""

    document: Document

    def resource(self) -> Resource:
        """Return the document with its sender, state and recipients."""
        recipients = [agency_entity(item.recipient) for item in self.document.deliveries]
        sender = agency_entity(self.document.agency)
        attributes = {"state": self.document.state.value, "sender": sender, "recipients": recipients}
        return Resource("Document", self.document.id, attributes)

    @property
    def context(self) -> Mapping[str, Any]:
        """Return an empty context."""
        return {}

    @property
    def shape(self) -> tuple[str, ...]:
        """Empty: decisions are not cached, since documents have different recipients."""
        return ()

    def why_not(self, _state: NodeState, _principal: Principal, _action: str, forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of a document of others, or of a policy."""
        if forbidding:
            return Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")
        return UNKNOWN


def over_document(permit: Permit[RegisterAct], document: Document, name: str = "") -> Permit[RegisterAct] | Refusal:
    """Return the permit of an act, or of another called ``name``, on a document."""
    return permit.over(replace(permit.act, name=name or permit.act.name, target=DocumentTarget(document)))


async def known_document(
    connection: asyncpg.Connection,
    permit: Permit[RegisterAct],
    document: str,
    revision: int | None = None,
    *,
    lock: bool = False,
) -> Document | Refusal:
    """Return a document on which the act is permitted.

    Raises:
        ConflictError: it has another revision.
    """
    found = await records.get_document(connection, document, lock=lock)
    if found is None:
        return UNKNOWN
    over = over_document(permit, found)
    if isinstance(over, Refusal):
        return over
    if revision is not None and found.revision != revision:
        raise ConflictError("document", found.revision)
    return found
