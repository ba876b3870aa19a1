"""Scenario tests of the seal register: four eyes, rules, uses, and later validity."""

import asyncio
from datetime import UTC, datetime

import pytest

from exchange.client import ExchangeError
from exchange.demo.city import City
from exchange.node.wiring.postgres import embedded_url
from exchange.node.wiring.registers import expire
from keys.evidence import Verdict, check_evidence
from keys.leaf.facts import ActFacts
from keys.license import check_license
from keys.ses.checking import check_seal
from registry.basis import Basis
from registry.connection import connect
from registry.seals.kinds import SealKind
from registry.seals.states import SealChange, SealState
from tests.support.ask import newest
from tests.support.edits import recorded_edit
from tests.support.stamps import APPLY, APPROVE, MAKE, PAPER, WRITE, allow, bundle, desk, made, maker, refused


async def test_a_seal_is_applied_for_approved_and_made_by_three_people(city: City) -> None:
    async with desk(city) as agency, city.seal_client("seal-authority") as authority, maker(city) as making:
        seal = await agency.apply(APPLY, SealKind.ARCHIVE, "档案专用章", "周保管")
        assert (seal.state, seal.eseal) == (SealState.APPLIED, b"")
        assert await refused(authority.make(MAKE, seal)) == ("FAILED_PRECONDITION", "ILLEGAL_TRANSITION")
        assert await refused(agency.change(APPROVE, seal, SealChange.APPROVE, "自批")) == ("PERMISSION_DENIED", "DUTY_MISSING")  # fmt: skip
        assert await refused(authority.change(APPLY, seal, SealChange.APPROVE, "自批")) == ("PERMISSION_DENIED", "FOUR_EYES")  # fmt: skip
        approved = await authority.change(APPROVE, seal, SealChange.APPROVE, "材料齐全")
        assert await refused(making.make(APPROVE, approved)) == ("PERMISSION_DENIED", "FOUR_EYES")
        assert await refused(authority.make(MAKE, approved)) == ("PERMISSION_DENIED", "FOUR_EYES")
        assert await refused(agency.make(MAKE, approved)) == ("PERMISSION_DENIED", "DUTY_MISSING")
        assert await refused(making.make(MAKE, seal)) == ("ABORTED", "SEAL_CHANGED")
        done = await making.make(MAKE, approved)
        assert done.state is SealState.ACTIVE
        assert done.picture.startswith(b"\x89PNG")
        found = check_seal(done.eseal, bundle(city), datetime.now(UTC))
        assert found.verdict is Verdict.VALID, found.steps
        assert (found.seal.id, found.seal.name, found.seal.version) == (seal.id, "档案专用章", 4)
        assert seal.id in {item.id async for item in agency.seals(APPLY)}
    [entry] = await newest(city, 1)
    assert entry.leaf.facts.kind.startswith("seal.")


async def test_the_rule_that_an_application_breaks_is_named(city: City) -> None:
    async with desk(city) as agency:
        for kind, name, holder, years, field in (
            (SealKind.CONTRACT, "长" * 61, "", 3, "name"),
            (SealKind.CONTRACT, "空\n行", "", 3, "name"),
            (SealKind.CONTRACT, "合同专用章", "张三", 3, "holder"),
            (SealKind.REPRESENTATIVE, "法定代表人名章", "", 3, "holder"),
            (SealKind.CONTRACT, "合同专用章", "", 11, "years"),
            (SealKind.CONTRACT, "无保管人", "", 3, "custodian"),
        ):
            with pytest.raises(ExchangeError) as caught:
                await agency.apply(APPLY, kind, name, "" if field == "custodian" else "周保管", holder, years)
            assert (caught.value.status, caught.value.field) == ("INVALID_ARGUMENT", field)


async def test_every_answer_and_license_is_sealed_by_a_registered_seal(city: City) -> None:
    from keys.certificates import fingerprint, read_certificate
    from keys.sdjwt import SdJwt
    from tests.support.ask import APPLICANT, BASIS, IS_NAME
    from tests.support.permits import issued

    async with city.client() as client:
        answer = (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])).evidence.answer
    envelope = (await issued(city)).envelope
    connection = await connect(embedded_url(city.settings, "yici"))
    try:
        for text, kind in ((answer, "exchange"), (envelope, "license")):
            own = fingerprint(read_certificate(SdJwt.parse(text).chain[0]))
            row = await connection.fetchrow("SELECT kind, state FROM seal WHERE certificate = $1", own)
            assert (row["kind"], row["state"]) == (kind, "active")
    finally:
        await connection.close()


async def test_seals_of_third_parties_are_checked_against_added_anchors(city: City) -> None:
    from exchange.pki.key_vault import KeyVault
    from exchange.pki.seal_ca import NationalAuthority
    from keys.certificates import pem
    from tests.support.stamping import DOCUMENT, Stamping

    other = Stamping.make()
    signature = other.sign()

    async with desk(city) as client:
        before = await client.verify(WRITE, signature, DOCUMENT)
        assert (before.verdict, before.state) == (Verdict.INVALID, None)
        national = NationalAuthority(KeyVault.of(city.settings))
        national.trust(pem(other.root.certificate), pem(*other.bundle.seal_lists))
        after = await client.verify(WRITE, signature, DOCUMENT)
        assert after.verdict is Verdict.VALID, after.steps
        assert after.signed_by == "113205000000140157"


async def test_a_seal_out_of_use_answers_and_issues_nothing(city: City) -> None:
    from tests.support.ask import APPLICANT, BASIS, IS_NAME
    from tests.support.permits import PERMIT, draft, issued, status_list

    police = "113205000000140157"

    async def change(kind: SealKind, wanted: SealChange) -> None:
        async with city.seal_client("seal-authority") as authority:
            seal = await authority.get(APPROVE, city.seals[police, kind])
            await authority.change(APPROVE, seal, wanted, "盘点")
        await asyncio.sleep(0.5)

    held = await issued(city)
    async with city.client() as client, city.license_client("residence-desk") as issuer:
        answer = await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])
        await change(SealKind.EXCHANGE, SealChange.SUSPEND)
        try:
            assert await refused(client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])) == ("UNAVAILABLE", "SEAL_UNAVAILABLE")  # fmt: skip
            assert await refused(issuer.issue(PERMIT, "residence_permit", draft(), fill=True)) == ("UNAVAILABLE", "SEAL_UNAVAILABLE")  # fmt: skip
        finally:
            await change(SealKind.EXCHANGE, SealChange.RESUME)
        await change(SealKind.LICENSE, SealChange.SUSPEND)
        try:
            assert (await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])).holds
            assert await refused(issuer.issue(PERMIT, "residence_permit", draft(), fill=True)) == ("UNAVAILABLE", "SEAL_UNAVAILABLE")  # fmt: skip
            checked = check_license(held.envelope, bundle(city), datetime.now(UTC), status_list=status_list(held.envelope))  # fmt: skip
            assert checked.verdict is Verdict.VALID, checked.steps
        finally:
            await change(SealKind.LICENSE, SealChange.RESUME)
        assert (await issuer.issue(PERMIT, "residence_permit", draft(), fill=True)).checked
        found = check_evidence(answer.evidence.answer, answer.evidence.receipt, bundle(city))
        assert found.verdict is Verdict.VALID


async def test_a_seal_past_its_end_is_recorded_as_expired(city: City) -> None:
    seal = await made(city)
    end = "UPDATE seal SET valid_to = now() - interval '1 hour' WHERE id = $1"
    await recorded_edit(city, end, seal.id)
    await asyncio.sleep(0.5)
    await allow(city, seal.id)
    async with desk(city) as client:
        assert await refused(client.seal(WRITE, seal.id, PAPER)) == ("FAILED_PRECONDITION", "SEAL_NOT_IN_USE")
        assert await expire(city.settings, embedded_url(city.settings, "yici")) == 1
        ended = await client.get(APPLY, seal.id)
        assert ended.state is SealState.EXPIRED
        [facts] = [item.leaf.facts for item in await newest(city, 4) if item.leaf.facts.kind == "seal.expire"]
        assert isinstance(facts, ActFacts)
        assert (facts.decision, facts.operator, facts.object, facts.agency) == ("permit", "node", seal.id, "")
        assert (await client.change(APPLY, ended, SealChange.DESTROY, "到期销毁")).state is SealState.DESTROYED


async def test_an_application_is_refused_and_that_is_its_end(city: City) -> None:
    async with desk(city) as agency, city.seal_client("seal-authority") as authority:
        seal = await agency.apply(APPLY, SealKind.INVOICE, "发票专用章", "周保管")
        gone = await authority.change(APPROVE, seal, SealChange.REFUSE, "材料不全")
        assert (gone.state, gone.reason) == (SealState.REFUSED, "材料不全")
        assert await refused(authority.change(APPROVE, gone, SealChange.APPROVE, "再批")) == ("FAILED_PRECONDITION", "ILLEGAL_TRANSITION")  # fmt: skip
        named = Basis(APPLY.matter, APPLY.case, APPLY.legal_basis, "钱 科员")  # the same name, typed otherwise
        other = await agency.apply(APPLY, SealKind.INVOICE, "发票专用章", "周保管")
        assert await refused(authority.change(named, other, SealChange.APPROVE, "自批")) == ("PERMISSION_DENIED", "FOUR_EYES")  # fmt: skip
        for officer in ("钱\u200b科员", "钱\u3164科员", "孙\x00", "孙" * 101):
            basis = Basis(APPLY.matter, APPLY.case, APPLY.legal_basis, officer)
            status, _ = await refused(authority.change(basis, other, SealChange.APPROVE, "自批"))
            assert status in ("PERMISSION_DENIED", "INVALID_ARGUMENT")
        assert await refused(agency.get(APPLY, "3205\x00")) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
