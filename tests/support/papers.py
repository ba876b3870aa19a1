"""Helpers for scenarios of documents: a draft, its sender and its recipient."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

from exchange.client import DocumentClient, DocumentView
from exchange.demo.city import City
from registry.documents.document import DocumentDraft, File, Urgency
from registry.seals.kinds import SealKind
from tests.support.stamps import WRITE

SENDER, RECIPIENT = "113205000000140900", "113205000000140825"


def draft(**changed: Any) -> DocumentDraft:
    found = DocumentDraft(
        f"苏数〔2026〕{uuid4().hex[:6]}号", "关于开展公共数据共享核查的通知", date(2026, 11, 20), (RECIPIENT,),
        "各单位：\n为落实一次采集、多方使用，现就有关事项通知如下。\n请于十个工作日内反馈。", urgency=Urgency.URGENT,
        attachments=(File("附表.csv", "text/csv", b"a,b\n1,2\n"),),
    )  # fmt: skip
    return replace(found, **changed)


def sender(city: City) -> DocumentClient:
    return city.document_client("document-desk")


def recipient(city: City) -> DocumentClient:
    return city.document_client("approval-documents")


async def sent(city: City) -> DocumentView:
    async with sender(city) as client:
        drafted = await client.draft(WRITE, draft())
        sealed = await client.seal(WRITE, drafted, city.seals[SENDER, SealKind.OFFICIAL])
        return await client.send(WRITE, sealed)
