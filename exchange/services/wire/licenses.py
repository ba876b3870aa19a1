"""Messages of ``LicenseService`` that node and client share."""

import orjson
from yici.registry.v1 import license_pb2 as pb

from exchange.services.wire.tables import EnumTable
from registry.licenses.facts import FactsAnswer
from registry.licenses.license import Draft
from registry.licenses.states import Change, LicenseState

STATES = EnumTable.of(pb.LicenseState, "LICENSE_STATE", LicenseState)
CHANGES = EnumTable.of(
    pb.LicenseChange,
    "LICENSE_CHANGE",
    (Change.ACTIVATE, Change.SUSPEND, Change.RESUME, Change.CANCEL, Change.REVOKE),
)
ANSWERS = EnumTable.of(pb.FactsAnswer, "FACTS_ANSWER", FactsAnswer)


def draft_message(draft: Draft, *, fill: bool) -> pb.LicenseDraft:
    """Return a draft as a message."""
    return pb.LicenseDraft(
        request_id=draft.request,
        number=draft.number,
        holders=[pb.Holder(kind=one.kind.value, code=one.code, name=one.name) for one in draft.holders],
        fields=draft.fields,
        valid_from=draft.valid_from.isoformat(),
        valid_to=draft.valid_to.isoformat() if draft.valid_to else "",
        photo=draft.photo,
        holder_key=orjson.dumps(draft.holder_key).decode() if draft.holder_key else "",
        fill=fill,
    )
