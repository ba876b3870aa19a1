"""Conversion between registry.v1 license messages and the node's own types."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from yici.registry.v1 import license_pb2 as pb

from exchange.acts.register_act import RegisterAct
from exchange.licensing.sharing import Found, Shown
from exchange.licensing.stating import FactsFound
from exchange.services.messages import answered_message
from exchange.services.wire.asking import OUTCOMES, basis_of
from exchange.services.wire.licenses import ANSWERS, STATES
from exchange.services.wire.times import time_message
from keys.encoding import base64url_decode
from registry.china import parse_day
from registry.errors import RuleError
from registry.licenses import metadata
from registry.licenses.events import LicenseEvent
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import Draft, License
from registry.licenses.types import LicenseType

Qr = Callable[[License], str]


def no_qr(_: License) -> str:
    """Return no QR code: it would show holders and the whole license to a reader of a part."""
    return ""


def act_of(action: str, message: Any, type_id: str = "", reason: str = "") -> RegisterAct:
    """Return the act of a request, with its basis."""
    return RegisterAct(action, basis_of(message.basis), type_id, (), reason)


def draft_of(message: pb.LicenseDraft, type_id: str, kind: LicenseType | None) -> Draft:
    """Return a draft of a type, which is None if the type is not on record.

    Raises:
        RuleError: a holder kind, date, key or metadata item is invalid.
    """
    if message.metadata and kind is not None:
        return _draft_from_metadata(message, kind)
    holders = []
    for at, item in enumerate(message.holders):
        try:
            holders.append(Holder(HolderKind(item.kind), item.code, item.name))
        except ValueError as error:
            raise RuleError(f"holders[{at}].kind", "not a holder code type of GB/T 36903") from error
    begin = _date(message.valid_from, "valid_from")
    if begin is None:
        raise RuleError("valid_from", "is required, YYYY-MM-DD")
    return Draft(
        type_id, message.request_id, message.number, tuple(holders), dict(message.fields), begin,
        _date(message.valid_to, "valid_to"), message.photo, _key(message.holder_key),
    )  # fmt: skip


def _draft_from_metadata(message: pb.LicenseDraft, kind: LicenseType) -> Draft:
    for name in ("number", "holders", "fields", "valid_from", "valid_to"):
        if getattr(message, name):
            raise RuleError(name, "goes without metadata")
    draft = metadata.draft_of(metadata.read_metadata(message.metadata), kind)
    request = message.request_id or draft.request
    return replace(draft, request=request, photo=message.photo, holder_key=_key(message.holder_key))


def whole(license_: License, qr: Qr) -> pb.License:
    """Return a complete license, for its issuer."""
    message = shown(Shown(license_, license_.envelope, license_.receipt, license_.state_now), qr)
    message.holders.extend(pb.Holder(kind=one.kind.value, code=one.code, name=one.name) for one in license_.holders)
    message.fields.update(license_.fields)
    message.flag_reason = license_.flag
    if license_.annotation:
        message.annotation.CopyFrom(_annotation(license_.annotation))
    return message


def shown(item: Shown, qr: Qr) -> pb.License:
    """Return a license with only what its envelope discloses."""
    license_ = item.license
    return pb.License(
        identifier=license_.identifier,
        type=license_.type,
        number=license_.number,
        issuer=license_.issuer,
        state=STATES.numbers[item.state],
        revision=license_.revision,
        envelope=item.envelope,
        receipt=item.receipt,
        qr=qr(license_),
        valid_from=license_.valid_from.isoformat(),
        valid_to=license_.valid_to.isoformat() if license_.valid_to else "",
    )


def found_message(answer: Found, qr: Qr) -> pb.FindLicensesResponse:
    """Return the result of a search."""
    return pb.FindLicensesResponse(
        answered=answered_message(answer.answered), licenses=[shown(item, qr) for item in answer.licenses]
    )


def facts_message(facts: FactsFound) -> pb.VerifyFactsResponse:
    """Return the result of verifying stated facts."""
    outcomes = {name: OUTCOMES.numbers[outcome] for name, outcome in facts.outcomes.items()}
    return pb.VerifyFactsResponse(answer=ANSWERS.numbers[facts.answer], outcomes=outcomes, receipt=facts.receipt)


def event_message(event: LicenseEvent) -> pb.WatchLicensesResponse:
    """Return an event as a message."""
    return pb.WatchLicensesResponse(
        resume_token=str(event.index),
        identifier=event.identifier,
        type=event.type,
        issuer=event.issuer,
        event=event.event,
        state=STATES.numbers[event.state],
        revision=event.revision,
        event_time=time_message(event.at),
    )


def _annotation(annotation: Mapping[str, str]) -> pb.Annotation:
    return pb.Annotation(
        create_time=time_message(datetime.fromisoformat(annotation["at"])),
        author=annotation["by"],
        reason=annotation["why"],
        until_date=annotation["until"],
    )


def _date(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        return parse_day(text)
    except ValueError as error:
        raise RuleError(field, "must be a date, YYYY-MM-DD") from error


def _key(text: str) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        key = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RuleError("holder_key", "must be a JWK") from error
    shape = {"kty": "EC", "crv": "P-256"}
    if not isinstance(key, dict) or "d" in key or any(key.get(name) != value for name, value in shape.items()):
        raise RuleError("holder_key", "must be the JWK of a public P-256 key")
    try:
        x, y = (int.from_bytes(base64url_decode(str(key.get(name)), name)) for name in ("x", "y"))
        ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise RuleError("holder_key", "its x and y are not a point of P-256") from error
    return {name: key[name] for name in ("kty", "crv", "x", "y")}
