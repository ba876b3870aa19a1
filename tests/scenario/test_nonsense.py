"""Scenario tests of invalid requests: every call gets an answer or a refusal with a known reason."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.status_pb2 import Status
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yici.audit.v1 import audit_pb2
from yici.exchange.v1 import exchange_pb2
from yici.registry.v1 import catalogue_pb2, document_pb2, license_pb2, seal_pb2

from exchange.acts.refusals import Reason
from exchange.client import ExchangeError
from exchange.client.failures import error_of, translated
from exchange.demo.city import City
from exchange.services.wire.asking import basis_message
from registry.seals.kinds import SealKind
from tests.conftest import OpenCity
from tests.support import permits, stamps
from tests.support.ask import APPLICANT, BASIS, NAME, newest

CALLERS = {
    "ExchangeService": "talent-settlement", "CatalogueService": "talent-settlement", "LicenseService": "residence-desk",
    "SealService": "document-desk", "DocumentService": "document-desk", "AuditService": "audit-desk",
}  # fmt: skip
MODULES = (exchange_pb2, catalogue_pb2, license_pb2, seal_pb2, document_pb2, audit_pb2)
METHODS = {
    f"{service.name}.{method.name}": method
    for module in MODULES
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
NONSENSE = [
    "", " ", "\x00", "a\x00b", "x" * 5000, "１２３", "٣٤", "\U0010ffff", "{name}", "%s%n", "../../etc/passwd", "'; --",
    "1e999", "-1", "9" * 30, "NaN", "2026-02-30", "\u202e", "citizen_id:", "nobody:1", "~", "[/red]", "0001-01-01",
]  # fmt: skip
NUMBERS = {
    FieldDescriptor.TYPE_UINT32: [0, 1, 2, 2**31, 2**32 - 1],
    FieldDescriptor.TYPE_INT32: [0, 1, -1, 2**31 - 1, -(2**31)],
    FieldDescriptor.TYPE_UINT64: [0, 1, 2, 2**63 - 1, 2**63, 2**64 - 1],
    FieldDescriptor.TYPE_DOUBLE: [0.0, 1.0, -1.0, 1e308, float("nan"), float("inf"), 5e-324],
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
BYTES = [b"", b"%PDF-1.7\n%%EOF", sha256(b"").digest(), b"0\x82\xff\xff", b"x" * 70_000]
Sense = dict[str, list[Any]]


@pytest.fixture(scope="module")
def town(open_city: OpenCity) -> Iterator[tuple[City, Sense]]:
    """Run a separate city, and collect valid values by field name."""

    async def build(found: City) -> Sense:
        license_held = await permits.issued(found)
        seal = await stamps.made(found, SealKind.CONTRACT)
        today = datetime.now(UTC).date().isoformat()
        return {
            "basis": [basis_message(basis) for basis in (BASIS, permits.PERMIT, stamps.WRITE, stamps.APPLY)],
            "identifier": [APPLICANT.identifier, license_held.identifier], "identifiers": [license_held.identifier],
            "dataset": ["identity.person", "tax.payment"], "type": ["residence_permit"], "types": ["residence_permit"],
            "field": ["name", "status"], "fields": ["name", "status"], "operator": [1, 3], "values": [NAME],
            "key": ["applicant", "name", "address"], "value": [NAME], "code": [APPLICANT.identifier], "page_size": [3],
            "holder": [""], "holder_codes": [APPLICANT.identifier], "holder_code": [APPLICANT.identifier], "valid_from": [today], "valid_to": ["2099-01-01"],
            "issue_date": [today], "kind": ["111", 1], "id": ["talent-settlement", "tax.payment"], "page_number": [0], "subject_kind": [1],
            "subject": [f"citizen_id:{APPLICANT.identifier}"], "decision": ["permit"], "seal": [seal.id],
            "recipients": ["113205000000140825"], "media_type": ["text/plain"], "resume_token": ["0"], "page_token": [],
            "chunk_id": ["c"], "batch_id": ["b"], "property_info": [""], "sealed": [seal.eseal], "reason": ["年度审计"],
            "revision": [1, license_held.record.revision, seal.revision], "document": ["1", b"%PDF-1.7"], "purpose": ["查验"],
            "digest": [sha256(b"").digest(), sha256(b"").hexdigest()], "years": [1], "custodian": ["周保管"],
            "name": [NAME], "number": ["JZ1"], "request_id": ["1"], "old_size": [3], "new_size": [9], "index": [5],
            "photo": [b""], "holder_key": [""], "aggregate": [0], "last_months": [0], "where": [], "region_prefixes": [],
        }  # fmt: skip

    with open_city() as found:
        yield found, asyncio.run(build(found))


@st.composite
def messages(draw: st.DrawFn, shape: Descriptor, sense: Sense) -> Message:
    """Generate a message with mostly valid fields; any may be invalid or missing."""
    message = GetMessageClass(shape)()
    for field in shape.fields:
        drawn = draw(st.sampled_from("+++++++++?-"))
        if drawn == "-" or (drawn == "+" and sense.get(field.name) == []):
            continue
        one = _values(field, sense, nonsense=drawn == "?")
        values = [draw(one) for _ in range(draw(st.integers(1, 2)))] if field.is_repeated else [draw(one)]
        inner = field.message_type
        if inner is not None and inner.GetOptions().map_entry:
            where = getattr(message, field.name)
            for entry in values:
                if inner.fields_by_name["value"].message_type is not None:
                    where[entry.key].CopyFrom(entry.value)
                else:
                    where[entry.key] = entry.value
        elif field.is_repeated:
            getattr(message, field.name).extend(values)
        elif inner is not None:
            getattr(message, field.name).CopyFrom(values[0])
        else:
            setattr(message, field.name, values[0])
    return message


def _values(field: FieldDescriptor, sense: Sense, *, nonsense: bool) -> st.SearchStrategy[Any]:
    known = [item for item in sense.get(field.name, []) if _fits(item, field)]
    if known and not nonsense:
        return one_of(known)
    match field.type:
        case FieldDescriptor.TYPE_MESSAGE if field.message_type.name == "Timestamp":
            return one_of([Timestamp(seconds=seconds, nanos=1) for seconds in (0, -1, 2**40, -(2**62), 2**62)])
        case FieldDescriptor.TYPE_MESSAGE:
            return messages(field.message_type, sense)
        case FieldDescriptor.TYPE_ENUM:
            return one_of([*[value.number for value in field.enum_type.values], 99])
        case FieldDescriptor.TYPE_BOOL:
            return st.booleans()
        case FieldDescriptor.TYPE_BYTES:
            return one_of(BYTES)
        case FieldDescriptor.TYPE_STRING:
            return one_of(NONSENSE) | TEXT
        case number:
            return one_of(NUMBERS[number])


def _fits(item: object, field: FieldDescriptor) -> bool:
    """Return whether a value has the type of a field."""
    match field.type:
        case FieldDescriptor.TYPE_MESSAGE:
            return isinstance(item, Message) and item.DESCRIPTOR is field.message_type
        case FieldDescriptor.TYPE_BYTES:
            return isinstance(item, bytes)
        case FieldDescriptor.TYPE_STRING:
            return isinstance(item, str)
        case _:
            return isinstance(item, int)


def one_of(items: list[Any]) -> st.SearchStrategy[Any]:
    """Draw one of the items by index, since a strategy's repr would include long items."""
    return st.integers(0, len(items) - 1).map(lambda at: items[at])


def send(channel: grpc.Channel, method: MethodDescriptor, request: bytes, seconds: float) -> list[ExchangeError]:
    """Make one call; return why it, or one message of its stream, was refused."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    try:
        if method.client_streaming:
            answers = [
                GetMessageClass(method.output_type).FromString(data)
                for data in channel.stream_stream(path)(iter([request]), timeout=seconds)
            ]
            return [error_of(Status.FromString(answer.error)) for answer in answers if answer.error]
        if method.server_streaming:
            next(channel.unary_stream(path)(request, timeout=seconds))
        else:
            channel.unary_unary(path)(request, timeout=seconds)
    except grpc.RpcError as error:
        if watches(method) and error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            return []  # it watches, and nothing happens
        return [translated(error)]
    return []


def watches(method: MethodDescriptor) -> bool:
    """Return whether a method's calls last until the caller ends them."""
    return bool(method.server_streaming and not method.client_streaming)


@pytest.fixture
def channels(town: tuple[City, Sense]) -> Iterator[dict[str, grpc.Channel]]:
    city, _ = town
    found = {}
    for system in set(CALLERS.values()):
        chain, key = city.credentials(system)
        root = (city.trust / "root.pem").read_bytes()
        found[system] = grpc.secure_channel(city.address, grpc.ssl_channel_credentials(root, key, chain))
    yield found
    for channel in found.values():
        channel.close()


@pytest.mark.parametrize("name", METHODS)
def test_any_message_is_answered_or_refused_for_a_reason(
    name: str, town: tuple[City, Sense], channels: dict[str, grpc.Channel]
) -> None:
    method = METHODS[name]
    channel = channels[CALLERS[method.containing_service.name]]

    @settings(
        max_examples=10 if watches(method) else 30, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )  # fmt: skip
    @given(messages(method.input_type, town[1]))
    def ask(message: Message) -> None:
        for error in send(channel, method, message.SerializeToString(), 0.3 if watches(method) else 20):
            assert error.reason in Reason.__members__, (error.status, error.detail)
            assert error.status == Reason[error.reason].status
            assert error.reason != "INTERNAL"

    ask()


@pytest.mark.parametrize("name", METHODS)
async def test_bytes_that_are_no_message_are_refused_in_words_and_on_the_record(
    name: str, town: tuple[City, Sense], channels: dict[str, grpc.Channel]
) -> None:
    method = METHODS[name]
    channel = channels[CALLERS[method.containing_service.name]]
    [error] = send(channel, method, b"\x0a\xff\xff", 20)
    assert (error.status, error.reason) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
    [entry] = await newest(town[0])
    assert (entry.leaf.facts.kind, entry.leaf.facts.reason) == (f"call.{method.name}", "INVALID_REQUEST")
