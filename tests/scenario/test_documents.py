"""Scenario tests of e-documents: draft, seal, send, receive, acknowledge, withdraw."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from exchange.client import ExchangeError
from exchange.demo.city import City
from exchange.sealing.checking import PresentedSeal, check_sealed
from keys.encoding import parse_json
from keys.evidence import Verdict
from keys.sm3 import sm3
from keys.trust import TrustBundle
from registry.documents.document import DocumentState, File
from registry.seals.kinds import SealKind
from tests.support.ask import newest
from tests.support.papers import RECIPIENT, SENDER, draft, recipient, sender, sent
from tests.support.stamps import WRITE, refused

INFORMED = "113205000000140157"


async def test_a_document_is_sealed_sent_received_and_acknowledged(city: City) -> None:
    out = await sent(city)
    assert out.state is DocumentState.SENT
    assert out.checked
    assert out.checked.verdict is Verdict.VALID, out.checked.steps
    assert out.checked.signed_by == SENDER
    async with recipient(city) as client, sender(city) as own:
        inbox = {item.id: item async for item in client.documents(WRITE, received=True)}
        assert inbox[out.id].files == ()
        assert await refused(client.acknowledge(WRITE, out.id)) == ("FAILED_PRECONDITION", "ILLEGAL_TRANSITION")
        got = await client.get(WRITE, out.id)
        assert [item.name for item in got.files] == ["document.pdf", "附表.csv"]
        assert got.deliveries[0].received_at
        said = parse_json(got.manifest, "manifest")
        assert said["files"][1]["sm3"] == sm3(b"a,b\n1,2\n").hex()
        held, bundle = PresentedSeal("pdf", got.sealed_pdf), TrustBundle.load(city.trust)
        page = await asyncio.to_thread(check_sealed, held, bundle, datetime.now(UTC))
        assert page.verdict is Verdict.VALID
        done = await client.acknowledge(WRITE, out.id, "已阅，转业务处室")
        assert done.deliveries[0].acknowledged_at
        assert await refused(client.acknowledge(WRITE, out.id)) == ("FAILED_PRECONDITION", "ILLEGAL_TRANSITION")
        [delivery] = (await own.get(WRITE, out.id)).deliveries
        assert (delivery.recipient, delivery.remark) == (RECIPIENT, "已阅，转业务处室")
    entries = await newest(city, 6)
    assert {"document.acknowledge", "document.read"} <= {entry.leaf.facts.kind for entry in entries}
    assert all("已阅" not in entry.data.decode() for entry in entries)


async def test_those_who_get_copies_receive_it_as_recipients_do(city: City) -> None:
    async with sender(city) as own, city.document_client("residence-desk") as informed:
        drafted = await own.draft(WRITE, draft(copies=(INFORMED,)))
        sealed = await own.seal(WRITE, drafted, city.seals[SENDER, SealKind.OFFICIAL])
        document = await own.send(WRITE, sealed)
        assert (document.recipients, document.copies) == ((RECIPIENT,), (INFORMED,))
        assert [item.recipient for item in document.deliveries] == sorted([RECIPIENT, INFORMED])
        got = await informed.get(WRITE, document.id)
        assert got.deliveries[0].received_at is not None
        assert b'"copies":["' + INFORMED.encode() in got.manifest


async def test_a_withdrawn_document_stays_on_record_as_withdrawn(city: City) -> None:
    out = await sent(city)
    async with recipient(city) as client, sender(city) as own:
        assert (await client.get(WRITE, out.id)).files
        assert await refused(client.withdraw(WRITE, out, "不是我的")) == ("NOT_FOUND", "DOCUMENT_UNKNOWN")
        gone = await own.withdraw(WRITE, out, "文号有误")
        assert gone.state is DocumentState.WITHDRAWN
        got = await client.get(WRITE, out.id)
        assert (got.state, got.files, got.sealed_pdf, got.reason) == (DocumentState.WITHDRAWN, (), b"", "文号有误")
        assert got.checked
        assert got.checked.verdict is Verdict.VALID
        assert await refused(client.acknowledge(WRITE, out.id)) == ("FAILED_PRECONDITION", "ILLEGAL_TRANSITION")
        assert await refused(own.withdraw(WRITE, gone, "再撤")) == ("FAILED_PRECONDITION", "ILLEGAL_TRANSITION")
        assert await refused(own.withdraw(WRITE, out, "旧版本")) == ("ABORTED", "DOCUMENT_CHANGED")


async def test_only_recipients_see_a_document_and_only_after_it_is_sent(city: City) -> None:
    async with sender(city) as own, recipient(city) as client:
        drafted = await own.draft(WRITE, draft())
        assert await refused(client.get(WRITE, drafted.id)) == ("NOT_FOUND", "DOCUMENT_UNKNOWN")
        assert await refused(own.send(WRITE, drafted)) == ("FAILED_PRECONDITION", "ILLEGAL_TRANSITION")
        seal = city.seals[RECIPIENT, SealKind.OFFICIAL]
        assert await refused(own.seal(WRITE, drafted, seal)) == ("PERMISSION_DENIED", "SEAL_NOT_OWN")
        assert (await own.get(WRITE, drafted.id)).state is DocumentState.DRAFT
    out = await sent(city)
    async with city.document_client("realty-desk") as stranger:
        assert await refused(stranger.get(WRITE, out.id)) == ("NOT_FOUND", "DOCUMENT_UNKNOWN")
        assert await refused(stranger.acknowledge(WRITE, out.id)) == ("NOT_FOUND", "DOCUMENT_UNKNOWN")
        assert [item async for item in stranger.documents(WRITE, received=True)] == []


async def test_of_two_who_seal_one_draft_one_wins(city: City) -> None:
    seal = city.seals[SENDER, SealKind.OFFICIAL]
    async with sender(city) as one, sender(city) as two:
        drafted = await one.draft(WRITE, draft())
        outcomes = await asyncio.gather(
            one.seal(WRITE, drafted, seal), two.seal(WRITE, drafted, seal), return_exceptions=True
        )
    [lost] = [item for item in outcomes if isinstance(item, ExchangeError)]
    assert (lost.status, lost.reason) == ("ABORTED", "DOCUMENT_CHANGED")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"number": ""}, "number"),
        ({"title": "长" * 121}, "title"),
        ({"title": "空\n行"}, "title"),
        ({"recipients": ()}, "recipients"),
        ({"recipients": (RECIPIENT, RECIPIENT)}, "recipients"),
        ({"recipients": ("113205000000000000",)}, "recipients"),
        ({"text": ""}, "body"),
        ({"text": "", "pdf": b"no pdf"}, "pdf"),
        ({"text": "\U0001f600"}, "text"),
        ({"attachments": (File("../x", "text/csv", b"1"),)}, "attachments[0].name"),
        ({"attachments": (File("document.pdf", "application/pdf", b"1"),)}, "attachments[0].name"),
        ({"recipients": (SENDER,)}, "recipients"),
        ({"copies": (SENDER,)}, "copies"),
        ({"copies": (RECIPIENT,)}, "copies"),
        ({"copies": ("113205000000000000",)}, "copies"),
        ({"attachments": (File("x", "csv", b"1"),)}, "attachments[0].media_type"),
        ({"attachments": (File("x", "text/csv", b""),)}, "attachments[0].data"),
        ({"attachments": (File("x", "text/csv", b"1"), File("x", "text/csv", b"2"))}, "attachments"),
    ],
)
async def test_the_rule_that_a_draft_breaks_is_named(city: City, changed: dict[str, Any], field: str) -> None:
    async with sender(city) as client:
        with pytest.raises(ExchangeError) as caught:
            await client.draft(WRITE, draft(**changed))
        assert (caught.value.status, caught.value.field) == ("INVALID_ARGUMENT", field)


async def test_a_number_is_used_once(city: City) -> None:
    async with sender(city) as client:
        first = draft()
        await client.draft(WRITE, first)
        with pytest.raises(ExchangeError) as caught:
            await client.draft(WRITE, first)
        assert (caught.value.status, caught.value.field) == ("INVALID_ARGUMENT", "number")
