"""Scenario tests of the use of seals: rules, concurrency, batches, PDFs, and proof of each use."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from yici.registry.v1 import seal_pb2 as pb

from exchange.client import ExchangeError, SealedItem, SealView
from exchange.demo.city import City
from exchange.node.wiring.postgres import embedded_url
from exchange.node.wiring.registers import make_registrar
from exchange.pages.typesetting import set_pdf
from exchange.sealing.checking import PresentedSeal, check_sealed
from exchange.services.wire.asking import basis_message
from keys.evidence import Verdict
from keys.ses.checking import check_signature
from keys.ses.proof import Presented
from keys.ses.reading import read_signature
from keys.sm3 import sm3
from keys.trust import TrustBundle
from registry.basis import Basis
from registry.connection import connect
from registry.database import Database
from registry.errors import RuleError
from registry.seals.kinds import SealKind, TargetKind
from registry.seals.states import SealChange, SealState
from tests.support.ask import newest
from tests.support.stamps import APPLY, APPROVE, PAPER, WRITE, allow, bundle, desk, made, refused


async def test_a_seal_is_used_under_a_rule_and_never_without(city: City) -> None:
    seal = await made(city)
    async with desk(city) as client, city.seal_client("approval-documents") as other:
        assert await refused(client.seal(WRITE, seal.id, PAPER)) == ("PERMISSION_DENIED", "NO_SEAL_RULE")
        await allow(city, seal.id, officers=("沈科长",))
        sealed = await client.seal(WRITE, seal.id, PAPER, "notice.txt")
        assert await refused(other.seal(WRITE, seal.id, PAPER)) == ("PERMISSION_DENIED", "SEAL_NOT_OWN")
        assert await refused(client.seal(Basis(*(WRITE.matter, "1", WRITE.legal_basis, "别人")), seal.id, PAPER)) == ("PERMISSION_DENIED", "NO_SEAL_RULE")  # fmt: skip
        assert await refused(client.seal(APPLY, seal.id, PAPER)) == ("PERMISSION_DENIED", "NO_SEAL_RULE")
        assert await refused(client.seal(WRITE, seal.id, PAPER, target_kind=TargetKind.PDF)) == ("PERMISSION_DENIED", "NO_SEAL_RULE")  # fmt: skip
        assert await refused(client.seal(Basis(*(WRITE.matter, "", WRITE.legal_basis, "沈科长")), seal.id, PAPER)) == ("INVALID_ARGUMENT", "BASIS_MISSING")  # fmt: skip
        assert await refused(client.seal(WRITE, "32050099999999", PAPER)) == ("FAILED_PRECONDITION", "SEAL_NOT_IN_USE")  # fmt: skip
    [entry] = await newest(city, 1)
    assert (entry.leaf.facts.kind, entry.leaf.facts.decision) == ("seal.use", "deny")
    found = check_signature(
        sealed.signature, Presented(PAPER, property_info="notice.txt", receipt=sealed.receipt), bundle(city), datetime.now(UTC)
    )  # fmt: skip
    assert found.verdict is Verdict.VALID, found.steps
    assert found.proven_at
    assert found.signed_by == "113205000000140900"
    assert found.step("record").verdict is Verdict.VALID


async def test_of_two_uses_that_race_for_the_last_one_allowed_one_wins(city: City) -> None:
    seal = await made(city)
    await allow(city, seal.id, total_limit=3)
    async with desk(city) as one, desk(city) as two:
        outcomes = await asyncio.gather(
            *[client.seal(WRITE, seal.id, PAPER) for client in (one, two) for _ in range(5)], return_exceptions=True
        )
        won = [item for item in outcomes if not isinstance(item, BaseException)]
        assert len(won) == 3
        assert {item.reason for item in outcomes if isinstance(item, ExchangeError)} == {"QUOTA_USED_UP"}
        await allow(city, seal.id, total_limit=1)
        await one.seal(WRITE, seal.id, PAPER)  # another rule has room
        assert await refused(one.seal(WRITE, seal.id, PAPER)) == ("RESOURCE_EXHAUSTED", "QUOTA_USED_UP")


async def test_a_batch_is_sealed_whole_or_not_at_all(city: City) -> None:
    seal = await made(city)
    await allow(city, seal.id, daily_limit=250)
    digests = [sm3(b"%d" % number) for number in range(200)]

    async def batches(*found: list[bytes]) -> Any:
        for item in found:
            yield item

    async with desk(city) as client:
        got = [item async for batch in client.seal_batch(WRITE, seal.id, batches(digests)) for item in batch]
        assert len(got) == 200
        for at in (0, 99, 199):
            shown = Presented(digest=digests[at], receipt=got[at].receipt)
            assert check_signature(got[at].signature, shown, bundle(city), datetime.now(UTC)).verdict is Verdict.VALID
        for wrong, reason in (
            (digests, "QUOTA_USED_UP"),
            ([*digests[:5], b"short"], "INVALID_REQUEST"),
            ([], "INVALID_REQUEST"),
        ):
            with pytest.raises(ExchangeError, match=reason):
                [item async for item in client.seal_batch(WRITE, seal.id, batches(wrong))]
        rest = [item async for batch in client.seal_batch(WRITE, seal.id, batches(digests[:50])) for item in batch]
        assert len(rest) == 50


async def test_a_suspended_seal_stops_at_once_and_what_it_sealed_stays_valid(city: City) -> None:
    seal = await made(city)
    await allow(city, seal.id)
    async with desk(city) as client, city.seal_client("seal-authority") as authority:
        sealed = await client.seal(WRITE, seal.id, PAPER)
        suspended = await client.change(APPLY, seal, SealChange.SUSPEND, "印章保管人变更")
        assert await refused(client.seal(WRITE, seal.id, PAPER)) == ("FAILED_PRECONDITION", "SEAL_NOT_IN_USE")
        checked = await client.verify(WRITE, sealed.signature, PAPER, receipt=sealed.receipt)
        assert (checked.verdict, checked.state) == (Verdict.VALID, SealState.SUSPENDED)
        assert checked.proven_at
        assert await refused(client.change(APPLY, suspended, SealChange.RESUME, "恢复")) == ("PERMISSION_DENIED", "DUTY_MISSING")  # fmt: skip
        resumed = await authority.change(APPROVE, suspended, SealChange.RESUME, "已交接")
        await asyncio.sleep(0.5)
        await client.seal(WRITE, seal.id, PAPER)
        await client.change(APPLY, resumed, SealChange.DESTROY, "机构撤销")
        assert await refused(client.seal(WRITE, seal.id, PAPER)) == ("FAILED_PRECONDITION", "SEAL_NOT_IN_USE")
        after = await client.verify(WRITE, sealed.signature, PAPER, receipt=sealed.receipt)
        assert (after.verdict, after.state) == (Verdict.VALID, SealState.DESTROYED), after.steps
        unproven = await client.verify(WRITE, read_without_timestamp(sealed.signature), PAPER)
        assert unproven.verdict is Verdict.INVALID
        assert any("revoked" in step.detail for step in unproven.steps)
    names = {path.name for path in (city.data / "keys").iterdir()}
    assert f"seal-{seal.id}-sm2.key.pem" not in names
    assert f"seal-{seal.id}.key.pem" not in names


def read_without_timestamp(signature: bytes) -> bytes:
    from keys import der

    return der.sequence(*[item.raw for item in der.sequence_of(signature, "x")[:4]])


async def test_a_seal_suspended_between_permission_and_use_is_not_used(city: City) -> None:
    """Check again at the use itself, since the worker's copy of the registers may be outdated."""

    seal = await made(city)
    await allow(city, seal.id)
    connection = await connect(embedded_url(city.settings, "yici"))
    try:
        await connection.execute("ALTER TABLE seal DISABLE TRIGGER register_update")
        await connection.execute("UPDATE seal SET state = 'suspended' WHERE id = $1", seal.id)
        async with desk(city) as client:
            with pytest.raises(ExchangeError, match="taken out of use"):
                await client.seal(WRITE, seal.id, PAPER)
    finally:
        await connection.execute("UPDATE seal SET state = 'active' WHERE id = $1", seal.id)
        await connection.execute("ALTER TABLE seal ENABLE TRIGGER register_update")
        await connection.close()


def test_a_pdf_bears_the_seal_visibly_and_the_national_signature_inside(city: City) -> None:
    async def run() -> bytes:
        seal = city.seals["113205000000140900", SealKind.OFFICIAL]
        async with desk(city) as client:
            page = set_pdf(b"= Test", {}, "x")
            sealed = await client.seal_pdf(WRITE, seal, page)
            assert sealed.pdf.startswith(page)
            found = await client.verify(WRITE, sealed.pdf)
            assert found.verdict is Verdict.VALID, found.steps
            assert {"page", "signature", "document", "record"} <= {step.name for step in found.steps}
            twice = await client.seal_pdf(WRITE, seal, sealed.pdf, at=(60, 222))
            assert (await client.verify(WRITE, twice.pdf)).verdict is Verdict.VALID
            for changed in (sealed.pdf + b"% more", sealed.pdf[:900] + b"X" + sealed.pdf[901:]):
                assert (await client.verify(WRITE, changed)).verdict is Verdict.INVALID
            for wrong in (b"no pdf", b"%PDF-1.7 broken"):
                with pytest.raises(ExchangeError) as caught:
                    await client.seal_pdf(WRITE, seal, wrong)
                assert (caught.value.status, caught.value.field) == ("INVALID_ARGUMENT", "pdf")
            with pytest.raises(ExchangeError) as caught:
                await client.seal_pdf(WRITE, seal, page, page=7)
            assert (caught.value.status, caught.value.field) == ("INVALID_ARGUMENT", "page_number")
            return sealed.pdf

    data = asyncio.run(run())
    held = PresentedSeal("pdf", data)
    late = datetime.now(UTC) + timedelta(days=365 * 5)
    assert check_sealed(held, bundle(city), late).step("page").verdict is Verdict.VALID  # judged at its timestamp
    assert check_sealed(held, TrustBundle((), (), ()), late).verdict is not Verdict.VALID


async def test_only_the_receipt_of_its_use_proves_a_signature(city: City) -> None:
    """Check that the receipt of a check does not prove that a signature was recorded."""
    from keys.ses.writing import Sealing, write_signature
    from keys.store import SoftwareKeyStore

    seal = await made(city)
    await allow(city, seal.id)
    key = SoftwareKeyStore(city.data / "keys").signer(f"seal-{seal.id}-sm2")
    own = read_signature((await _sealed(city, seal)).signature).signer
    stolen = write_signature(Sealing(seal.eseal, key, own), sm3(PAPER), datetime.now(UTC))
    async with desk(city) as client:
        checked = await client.verify(WRITE, stolen, PAPER)
        found = check_signature(stolen, Presented(PAPER, receipt=checked.receipt), bundle(city), datetime.now(UTC))
        assert found.step("record").verdict is Verdict.INVALID
        assert "something else" in found.step("record").detail
        other = await client.seal(WRITE, seal.id, PAPER)
        shown = Presented(PAPER, receipt=other.receipt)
        again = check_signature(stolen, shown, bundle(city), datetime.now(UTC))
        assert "another signature" in again.step("record").detail


async def _sealed(city: City, seal: SealView) -> SealedItem:
    async with desk(city) as client:
        return await client.seal(WRITE, seal.id, PAPER)


async def test_the_rule_that_a_sealing_breaks_is_named(city: City) -> None:
    seal = city.seals["113205000000140900", SealKind.OFFICIAL]
    page = set_pdf(b"= Test", {}, "x")
    async with desk(city) as client:
        for at, field in (((0, 250), "x_mm"), ((142, 9999), "y_mm"), ((float("nan"), 1), "x_mm")):
            with pytest.raises(ExchangeError) as caught:
                await client.seal_pdf(WRITE, seal, page, at=at)
            assert (caught.value.status, caught.value.field) == ("INVALID_ARGUMENT", field)
        for info in ("原文.pdf", "x" * 201):
            with pytest.raises(ExchangeError) as caught:
                await client.seal(WRITE, seal, PAPER, info)
            assert (caught.value.status, caught.value.field) == ("INVALID_ARGUMENT", "items[0].property_info")
        call = client.call
        for request, field in (
            (pb.SealRequest(basis=basis_message(WRITE), seal=seal), "items[0]"),
            (pb.SealRequest(basis=basis_message(WRITE), seal=seal, target_kind=77), "target_kind"),  # type: ignore[arg-type]
        ):
            with pytest.raises(ExchangeError) as caught:
                await call("/yici.registry.v1.SealService/", "Seal", request, pb.SealResponse)
            assert (caught.value.status, caught.value.field) == ("INVALID_ARGUMENT", field)
        whole = pb.SealRequest(basis=basis_message(WRITE), seal=seal, item=pb.SealItem(document=PAPER))
        response, _ = await call("/yici.registry.v1.SealService/", "Seal", whole, pb.SealResponse)
        assert (await client.verify(WRITE, response.sealed.signature, PAPER)).verdict is Verdict.VALID
        assert (await client.verify(WRITE, response.sealed.signature, PAPER, info="x")).verdict is Verdict.INVALID
        with pytest.raises(ExchangeError) as caught:
            await client.verify(WRITE, b"nothing that is sealed")
        assert (caught.value.status, caught.value.field) == ("INVALID_ARGUMENT", "sealed")


async def test_a_rule_that_ended_or_has_not_begun_permits_nothing(city: City) -> None:
    seal = await made(city)
    now = datetime.now(UTC)
    await allow(city, seal.id, valid_from=now - timedelta(days=3), valid_to=now - timedelta(days=1))
    await allow(city, seal.id, valid_from=now + timedelta(days=1), valid_to=now + timedelta(days=3))
    async with desk(city) as client:
        assert await refused(client.seal(WRITE, seal.id, PAPER)) == ("PERMISSION_DENIED", "NO_SEAL_RULE")
        rule = await allow(city, seal.id)
        await client.seal(WRITE, seal.id, PAPER)
        database = Database(embedded_url(city.settings, "yici"))
        registrar = await make_registrar(city.settings, database, "operator:test")
        await registrar.end_seal_rule(rule.id, "调整")
        with pytest.raises(RuleError, match="has ended"):
            await registrar.add_seal_rules([rule])
        await database.close()
        await asyncio.sleep(0.5)
        assert await refused(client.seal(WRITE, seal.id, PAPER)) == ("PERMISSION_DENIED", "NO_SEAL_RULE")
