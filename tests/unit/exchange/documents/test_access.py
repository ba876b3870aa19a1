"""Tests of policies for e-documents: acts of senders and recipients."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from exchange.acts.register_act import RegisterAct
from exchange.documents.access import over_document
from registry.documents.document import Delivery, Document, DocumentState, Urgency
from tests.support.permitting import BASIS, ISSUER, KEEPER, STRANGER, permit, reason, state_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SENT = Document(
    "1", ISSUER, "苏〔2026〕1号", "通知", Urgency.NORMAL, date(2026, 1, 1), (KEEPER,), DocumentState.SENT, 1, b"{}", NOW,
    deliveries=(Delivery(KEEPER, NOW),),
)  # fmt: skip
DRAFT = replace(SENT, state=DocumentState.DRAFT, deliveries=())
BOTH = {ISSUER, KEEPER}
ACTS = {
    "seal": {ISSUER}, "send": {ISSUER}, "withdraw": {ISSUER}, "acknowledge": {KEEPER}, "read": BOTH, "open": BOTH,
    "trace": {ISSUER},
}  # fmt: skip


def over(name: str, agency: str, document: Document) -> str:
    """Return why an agency may not act on a document; empty if it may."""
    return reason(over_document(permit(state_of(), agency, RegisterAct(name, BASIS, register="document")), document))


@pytest.mark.parametrize("agency", [ISSUER, KEEPER, STRANGER])
@pytest.mark.parametrize("name", ACTS)
def test_an_act_with_a_document_is_for_sender_or_recipient(name: str, agency: str) -> None:
    assert over(name, agency, SENT) == ("" if agency in ACTS[name] else "DOCUMENT_UNKNOWN")
    assert over(name, agency, DRAFT) == ("" if agency in ACTS[name] - {KEEPER} else "DOCUMENT_UNKNOWN")


def test_a_withdrawn_document_is_named_to_recipients_and_not_opened() -> None:
    gone = replace(SENT, state=DocumentState.WITHDRAWN)
    assert (over("read", KEEPER, gone), over("open", KEEPER, gone)) == ("", "POLICY_FORBIDS")
    assert over("open", ISSUER, gone) == ""
