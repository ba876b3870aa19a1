"""Calls that are permitted, one of each method of every service, and each route that is an act.

Each is a generator: it makes ready what the call takes, yields, and makes the call.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from exchange.client import Chunk
from exchange.demo.city import City
from exchange.pages.typesetting import set_pdf
from keys.sm3 import sm3
from registry.identifiers import SubjectKind
from registry.licenses.license import Draft
from registry.licenses.states import Change
from registry.seals.kinds import SealKind, TargetKind
from registry.seals.states import SealChange
from tests.support import papers
from tests.support.admin import gathered
from tests.support.ask import APPLICANT, BASIS, IS_NAME, NAME
from tests.support.calling import METHODS, channel, message_of, refusals
from tests.support.permits import PERMIT, SERVICE, SETTLE, desk, draft, fetched, issued
from tests.support.stamps import APPLY, APPROVE, MAKE, PAPER, WRITE, allow, made
from tests.support.stamps import desk as seals

Case = Callable[[City], AsyncIterator[None]]
CASES: dict[str, Case] = {}
_SUBJECTS = {"applicant": APPLICANT}
_ISSUED = {
    "address": "苏州市姑苏区某路 1 号",
    "birth_date": "1994-06-18",
    "sex": "female",
    "registered_region": "650102",
}


def case(name: str) -> Callable[[Case], Case]:
    """Return the call of a method or route."""

    def named(found: Case) -> Case:
        CASES[name] = found
        return found

    return named


def whole(**changed: object) -> Draft:
    """Return a complete draft."""
    return draft(fields=_ISSUED, **changed)


async def one(item: Any) -> AsyncIterator[Any]:
    """Yield one message."""
    yield item


def by_message(name: str, system: str, **parts: Any) -> None:
    """Return a call that needs only its message."""

    async def found(city: City) -> AsyncIterator[None]:
        yield

        def call() -> None:
            with channel(city, system) as connection:
                assert refusals(connection, METHODS[name], message_of(METHODS[name], **parts), 10.0) == []

        await asyncio.to_thread(call)

    CASES[name] = found


by_message("CatalogueService.GetDataset", "talent-settlement", id="identity.person")
by_message("CatalogueService.ListDatasets", "talent-settlement")
by_message("CatalogueService.GetMatter", "talent-settlement", id="talent-settlement")
by_message("CatalogueService.ListMatters", "talent-settlement")
by_message("AuditService.GetCheckpoint", "audit-desk")
by_message("AuditService.GetConsistencyProof", "audit-desk", old_size=1, new_size=2)
by_message("AuditService.GetEntry", "audit-desk", index=1, reason="抽查")
by_message("AuditService.ListEntries", "audit-desk", agency="113205000000140825", reason="抽查", page_size=1)


@case("ExchangeService.Verify")
async def verify(city: City) -> AsyncIterator[None]:
    async with city.client() as client:
        yield
        await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])


@case("ExchangeService.Query")
async def query(city: City) -> AsyncIterator[None]:
    async with city.client() as client:
        yield
        await client.query(BASIS, "identity.person", APPLICANT, ["name"])


@case("ExchangeService.VerifyBatch")
async def verify_batch(city: City) -> AsyncIterator[None]:
    chunk = Chunk("1", [APPLICANT.identifier])
    async with city.client() as client:
        yield
        asked = client.verify_batch(BASIS, "identity.person", SubjectKind.CITIZEN_ID, [IS_NAME], one(chunk))
        assert [item.error async for item in asked] == [None]


@case("ExchangeService.Resolve")
async def resolve(city: City) -> AsyncIterator[None]:
    async with city.client() as client:
        yield
        await client.resolve(SETTLE, _SUBJECTS, {"name": NAME})


@case("LicenseService.IssueLicense")
async def issue(city: City) -> AsyncIterator[None]:
    async with desk(city) as client:
        yield
        await client.issue(PERMIT, "residence_permit", whole())


@case("LicenseService.IssueBatch")
async def issue_batch(city: City) -> AsyncIterator[None]:
    async with desk(city) as client:
        yield
        assert [len(items) async for items in client.issue_batch(PERMIT, "residence_permit", one([whole()]))] == [1]


@case("LicenseService.SupersedeLicense")
async def supersede(city: City) -> AsyncIterator[None]:
    async with desk(city) as client:
        held = await issued(city)
        yield
        await client.supersede(PERMIT, held, whole(number=held.number), "更正")


@case("LicenseService.ChangeLicense")
async def change(city: City) -> AsyncIterator[None]:
    async with desk(city) as client:
        held = await issued(city)
        yield
        await client.change(PERMIT, held, Change.SUSPEND, "核查")


@case("LicenseService.AnnotateLicense")
async def annotate(city: City) -> AsyncIterator[None]:
    async with desk(city) as client:
        held = await issued(city)
        yield
        await client.annotate(PERMIT, held, "核查")


@case("LicenseService.GetLicense")
async def get(city: City) -> AsyncIterator[None]:
    async with desk(city) as client:
        held = await issued(city)
        yield
        await client.get(PERMIT, held.identifier, "核查")


@case("LicenseService.GetLicensePdf")
async def pdf(city: City) -> AsyncIterator[None]:
    async with desk(city) as client:
        held = await issued(city)
        yield
        await client.pdf(PERMIT, held.identifier, "归档")


@case("LicenseService.FindLicenses")
async def find(city: City) -> AsyncIterator[None]:
    async with city.license_client("talent-settlement") as client:
        await issued(city)
        yield
        await client.find(SETTLE, "residence_permit", APPLICANT, ["number"])


@case("LicenseService.BundleLicenses")
async def bundle(city: City) -> AsyncIterator[None]:
    async with city.license_client("talent-settlement") as client:
        await issued(city)
        yield
        await client.bundle(SETTLE, _SUBJECTS)


@case("LicenseService.CheckLicense")
async def check(city: City) -> AsyncIterator[None]:
    async with city.license_client("talent-settlement") as client:
        held = await issued(city)
        yield
        await client.state(SETTLE, identifier=held.identifier)


@case("LicenseService.VerifyFacts")
async def verify_facts(city: City) -> AsyncIterator[None]:
    async with city.license_client("talent-settlement") as client:
        held = await issued(city)
        yield
        facts = {"holder_name": NAME, "sex": "female"}
        assert (await client.verify_facts(SETTLE, "residence_permit", held.identifier, facts))[1]


@case("LicenseService.PresentLicenses")
async def present(city: City) -> AsyncIterator[None]:
    async with city.license_client("citizen-portal") as client:
        held = await issued(city)
        yield
        await client.present(SERVICE, [held.identifier], APPLICANT.identifier, "落户")


@case("LicenseService.RedeemPresentation")
async def redeem(city: City) -> AsyncIterator[None]:
    async with city.license_client("citizen-portal") as portal, city.license_client("talent-settlement") as client:
        held = await issued(city)
        code = await portal.present(SERVICE, [held.identifier], APPLICANT.identifier, "落户")
        yield
        await client.redeem(SETTLE, code)


@case("LicenseService.LinkLicense")
async def link(city: City) -> AsyncIterator[None]:
    async with desk(city) as client:
        held = await issued(city)
        yield
        await client.link(PERMIT, held.identifier, "归档")


@case("/download/{code}")
async def download(city: City) -> AsyncIterator[None]:
    async with desk(city) as client:
        path = await client.link(PERMIT, (await issued(city)).identifier, "归档")
        yield
        await asyncio.to_thread(fetched, f"http://127.0.0.1:{city.http_port}{path}")


@case("LicenseService.ReviewLicenses")
async def review(city: City) -> AsyncIterator[None]:
    async with desk(city) as client:
        await issued(city)
        yield
        await client.review(PERMIT, "residence_permit")


@case("LicenseService.WatchLicenses")
async def watch(city: City) -> AsyncIterator[None]:
    async with city.license_client("citizen-portal") as client:
        await issued(city)
        yield
        async with aclosing(client.watch(SERVICE, ["residence_permit"], resume_token="0")) as events:  # type: ignore[type-var]
            await anext(events)


@case("SealService.ApplySeal")
async def apply(city: City) -> AsyncIterator[None]:
    async with seals(city) as client:
        yield
        await client.apply(APPLY, SealKind.ARCHIVE, "档案专用章", "周保管")


@case("SealService.ChangeSeal")
async def change_seal(city: City) -> AsyncIterator[None]:
    async with seals(city) as agency, city.seal_client("seal-authority") as client:
        seal = await agency.apply(APPLY, SealKind.ARCHIVE, "档案专用章", "周保管")
        yield
        await client.change(APPROVE, seal, SealChange.APPROVE, "材料齐全")


@case("SealService.MakeSeal")
async def make_seal(city: City) -> AsyncIterator[None]:
    async with (
        seals(city) as agency,
        city.seal_client("seal-authority") as client,
        city.seal_client("seal-maker") as maker,
    ):
        seal = await agency.apply(APPLY, SealKind.ARCHIVE, "档案专用章", "周保管")
        seal = await client.change(APPROVE, seal, SealChange.APPROVE, "材料齐全")
        yield
        await maker.make(MAKE, seal)


@case("SealService.HandOverSeal")
async def hand_over(city: City) -> AsyncIterator[None]:
    async with seals(city) as client:
        seal = await made(city)
        yield
        await client.hand_over(APPLY, seal, "吴保管", "轮岗")


@case("SealService.GetSeal")
async def get_seal(city: City) -> AsyncIterator[None]:
    async with seals(city) as client:
        yield
        await client.get(APPLY, city.seals[papers.SENDER, SealKind.OFFICIAL])


@case("SealService.ListSeals")
async def list_seals(city: City) -> AsyncIterator[None]:
    async with seals(city) as client:
        yield
        async with aclosing(client.seals(APPLY)) as found:  # type: ignore[type-var]
            await anext(found)


@case("SealService.Seal")
async def seal(city: City) -> AsyncIterator[None]:
    async with seals(city) as client:
        held = await made(city)
        await allow(city, held.id)
        yield
        await client.seal(WRITE, held.id, PAPER)


@case("SealService.SealBatch")
async def seal_batch(city: City) -> AsyncIterator[None]:
    async with seals(city) as client:
        held = await made(city)
        await allow(city, held.id)
        yield
        assert [len(items) async for items in client.seal_batch(WRITE, held.id, one([sm3(PAPER)]))] == [1]


@case("SealService.SealPdf")
async def seal_pdf(city: City) -> AsyncIterator[None]:
    async with seals(city) as client:
        held = await made(city)
        await allow(city, held.id, target_kinds=(TargetKind.PDF,))
        page = set_pdf(b"= Test", {}, "x")
        yield
        await client.seal_pdf(WRITE, held.id, page)


@case("SealService.VerifySealed")
async def verify_sealed(city: City) -> AsyncIterator[None]:
    async with seals(city) as client:
        held = await made(city)
        yield
        await client.verify(WRITE, held.eseal)


@case("DocumentService.DraftDocument")
async def draft_document(city: City) -> AsyncIterator[None]:
    async with papers.sender(city) as client:
        yield
        await client.draft(WRITE, papers.draft())


@case("DocumentService.SealDocument")
async def seal_document(city: City) -> AsyncIterator[None]:
    async with papers.sender(city) as client:
        drafted = await client.draft(WRITE, papers.draft())
        yield
        await client.seal(WRITE, drafted, city.seals[papers.SENDER, SealKind.OFFICIAL])


@case("DocumentService.SendDocument")
async def send_document(city: City) -> AsyncIterator[None]:
    async with papers.sender(city) as client:
        drafted = await client.draft(WRITE, papers.draft())
        sealed = await client.seal(WRITE, drafted, city.seals[papers.SENDER, SealKind.OFFICIAL])
        yield
        await client.send(WRITE, sealed)


@case("DocumentService.WithdrawDocument")
async def withdraw(city: City) -> AsyncIterator[None]:
    async with papers.sender(city) as client:
        out = await papers.sent(city)
        yield
        await client.withdraw(WRITE, out, "有误")


@case("DocumentService.ListDocuments")
async def list_documents(city: City) -> AsyncIterator[None]:
    async with papers.sender(city) as client:
        await client.draft(WRITE, papers.draft())
        yield
        async with aclosing(client.documents(WRITE)) as found:  # type: ignore[type-var]
            await anext(found)


@case("DocumentService.GetDocument")
async def get_document(city: City) -> AsyncIterator[None]:
    async with papers.recipient(city) as client:
        out = await papers.sent(city)
        yield
        await client.get(WRITE, out.id)


@case("DocumentService.AcknowledgeDocument")
async def acknowledge(city: City) -> AsyncIterator[None]:
    async with papers.recipient(city) as client:
        out = await papers.sent(city)
        await client.get(WRITE, out.id)
        yield
        await client.acknowledge(WRITE, out.id, "已阅")


CASES |= gathered("CASES")
