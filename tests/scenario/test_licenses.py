"""An e-license from data on record to a holder's QR code, and what happens to it."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from exchange.client import Subject
from exchange.connection import ExchangeError
from exchange.demo.city import City
from exchange.expiry import expire
from exchange.license_client import HeldLicense, LicenseClient
from exchange.licensing.facts import FactsAnswer
from exchange.licensing.reading import check_held_up, read_held_up
from exchange.minimize import Outcome
from exchange.question import Basis
from exchange.resolve import Resolution
from keys.errors import MalformedError
from keys.evidence import Step, Verdict
from keys.license import check_license, status_uri_of
from keys.sdjwt import SdJwt
from keys.trust import TrustBundle
from registry.connection import connect
from registry.identifiers import SubjectKind
from registry.licenses.license import Draft, Holder
from registry.licenses.life import Change, LicenseState
from registry.licenses.types import HolderKind
from tests.scenario.ask import APPLICANT, NAME, newest

PERMIT = Basis("residence-permit", "JZ-1", "《居住证暂行条例》第九条", "张警官")
SETTLE = Basis("talent-settlement", "RC-1", "《苏州市人才引进落户办法》第十条", "王科员")
SERVICE = Basis("license-service", "YW-1", "《国务院关于在线政务服务的若干规定》第十条", "一网通办")
HOLDER = Holder(HolderKind.CITIZEN_ID, APPLICANT.identifier, NAME)


def draft(**changed: object) -> Draft:
    name = uuid4().hex
    return replace(
        Draft(
            "residence_permit",
            name,
            f"JZ{name[:12]}",
            (HOLDER,),
            {"address": "苏州市姑苏区某路 1 号"},
            date(2026, 1, 1),
            date(2099, 1, 1),
        ),
        **changed,
    )  # type: ignore[arg-type]


def desk(city: City) -> LicenseClient:
    return city.license_client("residence-desk")


async def issued(city: City) -> HeldLicense:
    async with desk(city) as client:
        return await client.issue(PERMIT, "residence_permit", draft(), fill=True)


def fetched(url: str, **headers: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as response:  # noqa: S310
        return response.read(), {name.lower(): value for name, value in response.headers.items()}


def status_list(text: str) -> str:
    return fetched(status_uri_of(text))[0].decode()


async def refused(work: object) -> ExchangeError:
    with pytest.raises(ExchangeError) as caught:
        await work  # type: ignore[misc]
    return caught.value


def test_a_permit_is_filled_from_the_record_and_checked_offline(city: City) -> None:
    held = asyncio.run(issued(city))
    assert held.state is LicenseState.VALID
    assert held.fields["sex"] == "female"
    assert held.fields["birth_date"] == "1994-06-18"
    assert held.checked.license["holders"] == [{"kind": "111", "name": NAME, "code": APPLICANT.identifier}]
    assert held.checked.license["rests_on"][0]["dataset"] == "identity.person"
    bundle = TrustBundle.load(city.trust)
    now = datetime.now(UTC)
    for text in (held.envelope, held.qr):
        listed = status_list(text)
        found = check_license(text, bundle, now, status_list=listed)
        assert found.verdict is Verdict.VALID, found.steps
        assert found.digest == SdJwt.parse(held.envelope).jwt_digest
        without = check_license(text, bundle, now)
        assert without.verdict is Verdict.UNDECIDED
        assert "status unknown" in without.failure
        late = check_license(text, bundle, now + timedelta(days=2), status_list=listed)
        assert late.verdict is Verdict.UNDECIDED
        assert "status unknown" in late.failure
    assert len(held.qr) < 500
    shown = SdJwt.parse(held.envelope).disclose(lambda name, _: name == "name").text
    assert "code" not in check_license(shown, bundle, now).license["holders"][0]


def test_suspending_takes_effect_at_once_and_resuming_too(city: City) -> None:
    async def run() -> None:
        held = await issued(city)
        bundle = TrustBundle.load(city.trust)
        async with desk(city) as client, city.license_client("talent-settlement") as officer:
            suspended = await client.change(PERMIT, held, Change.SUSPEND, "证件遗失")
            assert suspended.state is LicenseState.SUSPENDED
            checked = check_license(held.envelope, bundle, datetime.now(UTC), status_list=status_list(held.envelope))
            assert checked.verdict is Verdict.INVALID
            assert "suspended" in checked.failure
            assert (await officer.state(SETTLE, digest=held.checked.digest)).state is LicenseState.SUSPENDED
            resumed = await client.change(PERMIT, suspended, Change.RESUME, "已找回")
            checked = check_license(held.envelope, bundle, datetime.now(UTC), status_list=status_list(held.envelope))
            assert checked.verdict is Verdict.VALID
            revoked = await client.change(PERMIT, resumed, Change.REVOKE, "骗取")
            error = await refused(client.change(PERMIT, revoked, Change.RESUME, "不行"))
            assert (error.status, error.reason) == ("FAILED_PRECONDITION", "ILLEGAL_TRANSITION")
        [entry] = await newest(city)
        assert (entry.leaf["kind"], entry.leaf["decision"], entry.leaf["reason"]) == (
            "license.resume",
            "deny",
            "ILLEGAL_TRANSITION",
        )

    asyncio.run(run())


def test_of_two_officers_who_change_one_license_one_wins(city: City) -> None:
    async def run() -> None:
        held = await issued(city)
        async with desk(city) as one, desk(city) as two:
            outcomes = await asyncio.gather(
                one.change(PERMIT, held, Change.SUSPEND, "甲"), two.change(PERMIT, held, Change.CANCEL, "乙"),
                return_exceptions=True,
            )  # fmt: skip
        [error] = [item for item in outcomes if isinstance(item, ExchangeError)]
        assert (error.status, error.reason) == ("ABORTED", "LICENSE_CHANGED")
        assert "revision is now 2" in error.detail

    asyncio.run(run())


def test_a_renewed_license_supersedes_the_old_one_by_digest(city: City) -> None:
    async def run() -> None:
        held = await issued(city)
        async with desk(city) as client:
            renewed = await client.supersede(PERMIT, held, draft(number=held.number, fields=dict(held.fields)), "续签")
            assert renewed.checked.license["supersedes"] == held.checked.digest
            assert renewed.identifier.split(".")[-2] == "002"
            old = await client.get(PERMIT, held.identifier)
            assert (old.state, old.revision) == (LicenseState.SUPERSEDED, 2)
            other = await client.issue(PERMIT, "residence_permit", draft(), fill=True)
            for changed, why, reason in (
                ({"number": other.number}, "x", "NUMBER_TAKEN"),
                ({"number": renewed.number}, "", "INVALID_REQUEST"),
            ):
                wrong = draft(fields=dict(held.fields), **changed)
                assert (await refused(client.supersede(PERMIT, renewed, wrong, why))).reason == reason
        assert "SUPERSEDED" in {entry.leaf["reason"] for entry in await newest(city, 20)}

    asyncio.run(run())


def test_many_who_ask_for_a_list_that_changed_are_all_answered(city: City) -> None:
    async def run() -> None:
        held = await issued(city)
        uri = status_uri_of(held.envelope)
        async with desk(city) as client:
            for change in (Change.SUSPEND, Change.RESUME):
                held = await client.change(PERMIT, held, change, "核查")
                answers = await asyncio.gather(*[asyncio.to_thread(fetched, uri) for _ in range(12)])
                assert len({body for body, _ in answers}) == 1
        with pytest.raises(urllib.error.HTTPError) as caught:
            await asyncio.to_thread(fetched, f"http://127.0.0.1:{city.http_port}/status/3000000000")
        assert caught.value.code == 404

    asyncio.run(run())


def test_thousands_are_issued_and_a_bad_item_stops_no_other(city: City) -> None:
    async def run() -> None:
        fields = {"address": "某地", "sex": "female", "birth_date": "1994-06-18", "registered_region": "650102"}
        good = [draft(fields=fields) for _ in range(300)]
        bad = draft(fields=fields | {"birth_date": "1994-13-41"})
        taken = draft(fields=fields, number=good[0].number)

        async def batches() -> AsyncIterator[list[Draft]]:
            yield [*good[:150], bad, *good[150:]]
            yield [good[7], taken]

        async with desk(city) as client:
            first, second = [found async for found in client.issue_batch(PERMIT, "residence_permit", batches())]
        assert isinstance(first[150], ExchangeError)
        assert first[150].field == "fields.birth_date"
        made = [item for item in first if isinstance(item, HeldLicense)]
        assert len(made) == 300
        assert len({item.identifier for item in made}) == 300
        assert isinstance(second[0], HeldLicense)
        assert second[0].identifier == made[7].identifier
        assert isinstance(second[1], ExchangeError)
        assert second[1].reason == "NUMBER_TAKEN"

    asyncio.run(run())


BAD = {
    "unknown type": ("no_such_type", {}, "LICENSE_TYPE_UNKNOWN", "type"),
    "not its issuer": ("real_estate", {}, "NOT_THE_ISSUER", "type"),
    "field too long": ("residence_permit", {"fields": {"address": "长" * 201}}, "INVALID_REQUEST", "fields.address"),
    "unknown field": ("residence_permit", {"fields": {"address": "a", "colour": "red"}}, "INVALID_REQUEST", "fields.colour"),
    "missing field": ("residence_permit", {"fields": {}}, "INVALID_REQUEST", "fields.address"),
    "wrong check digit": ("residence_permit", {"holders": (Holder(HolderKind.CITIZEN_ID, "650102199406180285", NAME),)}, "INVALID_REQUEST", "subject.identifier"),
    "unknown holder kind": ("residence_permit", {"holders": (Holder(HolderKind.PASSPORT, "E123", NAME),)}, "FACT_NOT_ON_RECORD", ""),
    "ends before it begins": ("residence_permit", {"valid_to": date(2025, 1, 1)}, "INVALID_REQUEST", "valid_to"),
    "no end by the year 9999": ("residence_permit", {"valid_to": date(9999, 12, 31)}, "INVALID_REQUEST", "valid_to"),
    "a name that is not printable": ("residence_permit", {"holders": (Holder(HolderKind.CITIZEN_ID, APPLICANT.identifier, "a\x00"),)}, "INVALID_REQUEST", "holders[0].name"),
    "not a picture": ("residence_permit", {"photo": b"MZ"}, "INVALID_REQUEST", "photo"),
    "nobody known": ("residence_permit", {"holders": (Holder(HolderKind.CITIZEN_ID, "110101199003070134", "某某"),)}, "FACT_NOT_ON_RECORD", "fields"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_draft_that_breaks_a_rule_is_refused_by_name_and_on_the_record(city: City, case: str) -> None:
    kind, changed, reason, field = BAD[case]

    async def run() -> None:
        async with desk(city) as client:
            error = await refused(client.issue(PERMIT, kind, draft(**changed), fill=kind == "residence_permit"))
        assert (error.reason, error.field) == (reason, field), error
        entry = (await newest(city))[0]
        assert entry.leaf["decision"] == "deny"

    asyncio.run(run())


def test_a_change_without_a_reason_or_a_basis_is_refused(city: City) -> None:
    async def run() -> None:
        held = await issued(city)
        async with desk(city) as client:
            assert (await refused(client.change(PERMIT, held, Change.SUSPEND, " "))).field == "why"
            without = replace(PERMIT, case="")
            assert (await refused(client.change(without, held, Change.SUSPEND, "x"))).reason == "BASIS_MISSING"
            for changed, reason in (
                ({"matter": "no-such"}, "MATTER_UNKNOWN"),
                ({"matter": "residence-permit\x00"}, "MATTER_UNKNOWN"),
                ({"legal_basis": "张三 650102199406180284"}, "LEGAL_BASIS_MISMATCH"),
                ({"legal_basis": "长" * 5000}, "INVALID_REQUEST"),
            ):
                error = await refused(client.state(replace(PERMIT, **changed), identifier=held.identifier))
                assert error.reason == reason
                assert "650102" not in (await newest(city))[0].data.decode()
            for identifier in ("nonsense\x00", "1.2.3"):
                assert (await refused(client.state(PERMIT, identifier=identifier))).reason == "INVALID_REQUEST"
            assert (await refused(client.state(PERMIT, digest="AB"))).field == "digest"
        async with city.license_client("realty-desk") as other:
            assert (await refused(other.change(PERMIT, held, Change.SUSPEND, "x"))).reason == "NOT_THE_ISSUER"

    asyncio.run(run())


def test_a_refusal_found_before_the_desk_is_told_and_recorded_by_its_own_reason(city: City) -> None:
    from yici.registry.v1 import license_pb2 as pb

    async def run() -> None:
        service = "/yici.registry.v1.LicenseService/"
        async with desk(city) as client:
            for method, request, shape, field in (
                ("ChangeLicense", pb.ChangeLicenseRequest(), pb.ChangeLicenseResponse, "change"),
                (
                    "IssueLicense",
                    pb.IssueLicenseRequest(draft=pb.Draft(valid_from="x")),
                    pb.IssueLicenseResponse,
                    "basis.matter",
                ),
            ):
                assert (await refused(client.call(service, method, request, shape))).field == field
                assert (await newest(city))[0].leaf["decision"] == "deny"

    asyncio.run(run())


def test_licenses_are_found_by_holder_and_disclose_what_is_granted(city: City) -> None:
    async def run() -> None:
        held = await issued(city)
        async with city.license_client("talent-settlement") as officer:
            found, proof = await officer.find(SETTLE, "residence_permit", APPLICANT, ["number", "state", "sex"])
            mine = next(item for item in found if item.identifier == held.identifier)
            assert mine.checked.license["license"] == {"sex": "female"}
            assert "name" not in mine.checked.license["holders"][0]
            assert proof.checked.leaf["dataset"] == "license.residence_permit"
            error = await refused(officer.find(SETTLE, "residence_permit", APPLICANT, ["birth_date"]))
            assert error.reason == "FIELD_NOT_GRANTED"
            bundle = await officer.bundle(SETTLE, {"applicant": APPLICANT})
            assert held.identifier in {item.identifier for item in bundle["residence"]}  # type: ignore[union-attr]
            settled = await officer.resolve(SETTLE, {"applicant": APPLICANT}, {"name": NAME})
            assert {item.id: item.resolution for item in settled}["residence"] is Resolution.PROVEN

    asyncio.run(run())


def test_stated_facts_are_verified_without_telling_which_is_wrong(city: City) -> None:
    async def run() -> None:
        held = await issued(city)
        right = {"birth_date": "1994-06-18", "sex": "female"}
        async with city.license_client("talent-settlement") as officer, city.license_client("realty-desk") as stranger:

            async def ask(
                client: LicenseClient, facts: dict[str, str], identifier: str = held.identifier
            ) -> tuple[FactsAnswer, dict[str, Outcome]]:
                return await client.verify_facts(SETTLE, "residence_permit", identifier, facts)

            assert await ask(officer, right) == (FactsAnswer.CORRECT_AND_VALID, {})  # no grant for the date of birth
            named = {"holder_name": NAME, "sex": "female"}
            assert await ask(officer, named) == (FactsAnswer.CORRECT_AND_VALID, dict.fromkeys(named, Outcome.MATCH))
            assert await ask(stranger, right) == (FactsAnswer.CORRECT_AND_VALID, {})
            answer, outcomes = await ask(officer, named | {"sex": "male"})
            assert (answer, outcomes["sex"]) == (FactsAnswer.PARTLY_WRONG, Outcome.MISMATCH)
            assert await ask(stranger, right | {"sex": "male"}) == (FactsAnswer.PARTLY_WRONG, {})
            for known in ({"sex": "female"}, {"sex": "female", "number": held.number, "state": "valid"}):
                assert (await ask(stranger, known))[0] is FactsAnswer.TOO_LITTLE
            assert (await ask(stranger, right, "no such"))[0] is FactsAnswer.NONE
            async with desk(city) as client:
                await client.change(PERMIT, held, Change.SUSPEND, "核查")
            assert (await ask(officer, right))[0] is FactsAnswer.CORRECT_AND_SUSPENDED

    asyncio.run(run())


def test_a_holders_code_shows_once_to_one_officer(city: City) -> None:
    async def run() -> None:
        held = await issued(city)
        async with (
            city.license_client("citizen-portal") as portal,
            city.license_client("talent-settlement") as one,
            city.license_client("realty-desk") as two,
        ):
            code = await portal.present(SERVICE, [held.identifier], APPLICANT.identifier, "人才引进落户")
            outcomes = await asyncio.gather(one.redeem(SETTLE, code), two.redeem(SETTLE, code), return_exceptions=True)
            [error] = [item for item in outcomes if isinstance(item, ExchangeError)]
            assert error.status == "NOT_FOUND"
            [shown] = [item for item in outcomes if isinstance(item, list)]
            assert shown[0].checked.license["holders"][0]["name"] == NAME
            assert (await refused(one.redeem(SETTLE, code))).status == "NOT_FOUND"
            assert (
                await refused(portal.present(SERVICE, [held.identifier], "110101199003070134", "x"))
            ).status == "NOT_FOUND"
            assert (
                await refused(portal.present(SERVICE, [held.identifier], APPLICANT.identifier, ""))
            ).field == "purpose"
            assert (
                await refused(one.present(SETTLE, [held.identifier], APPLICANT.identifier, "x"))
            ).reason == "NOT_THE_ISSUER"

    asyncio.run(run())


def test_a_code_past_its_end_shows_nothing(city: City) -> None:
    async def run() -> None:
        held = await issued(city)
        database = await connect(city.world.postgres.replace("/departments", "/yici"))
        async with city.license_client("citizen-portal") as portal, city.license_client("talent-settlement") as officer:
            code = await portal.present(SERVICE, [held.identifier], APPLICANT.identifier, "人才引进落户")
            await database.execute("UPDATE license_code SET expires_at = now() WHERE used_at IS NULL")
            assert (await refused(officer.redeem(SETTLE, code))).status == "NOT_FOUND"
        await database.close()

    asyncio.run(run())


def test_a_license_past_its_end_is_recorded_as_expired(city: City) -> None:
    async def run() -> None:
        async with desk(city) as client:
            held = await client.issue(PERMIT, "residence_permit", draft(valid_to=date(2026, 2, 1)), fill=True)
            assert (await client.state(PERMIT, identifier=held.identifier)).state is LicenseState.EXPIRED
            assert await expire(city.settings, city.world.postgres.replace("/departments", "/yici")) >= 1
            found = await client.get(PERMIT, held.identifier)
            assert (found.state, found.revision) == (LicenseState.EXPIRED, 2)
        assert any(entry.leaf["reason"] == "EXPIRE" for entry in await newest(city, 5))

    asyncio.run(run())


def test_a_page_changed_after_sealing_is_refused(city: City, tmp_path: Path) -> None:
    async def run() -> bytes:
        async with desk(city) as client:
            held = await client.issue(PERMIT, "residence_permit", draft(), fill=True)
            return await client.pdf(PERMIT, held.identifier)

    data = asyncio.run(run())
    bundle, now = TrustBundle.load(city.trust), datetime.now(UTC)
    good = check_held_up(read_held_up(data), bundle, now)
    assert good.steps[0] == Step("page", Verdict.VALID, good.steps[0].detail)
    at = data.rindex(b"/Title")
    found = check_held_up(read_held_up(data[:at] + b"/Xitle" + data[at + 6 :]), bundle, now)
    assert found.verdict is Verdict.INVALID
    assert found.steps[0].name == "page"
    with pytest.raises(MalformedError):
        read_held_up(data + b"\n%%EOF\n")
    with pytest.raises(MalformedError):
        read_held_up(data[: len(data) // 2])


def test_a_download_is_watermarked_and_good_once(city: City, tmp_path: Path) -> None:
    import pypdfium2

    async def run() -> tuple[str, bytes]:
        held = await issued(city)
        async with (
            city.license_client("citizen-portal") as portal,
            desk(city) as client,
            city.license_client("talent-settlement") as officer,
        ):
            error = await refused(officer.link(SETTLE, held.identifier, "人才引进落户"))
            assert error.reason == "NO_GRANT"  # a page shows everything; the grant does not
            for purpose in ("", "长" * 81):
                assert (await refused(portal.link(SERVICE, held.identifier, purpose))).field == "purpose"
            path = await portal.link(SERVICE, held.identifier.lower(), "人才引进落户")
            return path, await client.pdf(PERMIT, held.identifier)

    path, plain = asyncio.run(run())
    url = f"http://127.0.0.1:{city.http_port}{path}"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"))
    assert caught.value.code == 405
    data, headers = fetched(url)
    assert headers["content-type"] == "application/pdf"
    text = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range()
    assert "仅用于人才引进落户" in text
    assert "苏州市数据局" in text
    assert NAME in pypdfium2.PdfDocument(plain)[0].get_textpage().get_text_range()
    assert "仅用于" not in pypdfium2.PdfDocument(plain)[0].get_textpage().get_text_range()
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetched(url)
    assert caught.value.code == 404
    [entry] = asyncio.run(newest(city))
    assert entry.leaf["kind"] == "license.download"


def test_status_lists_are_cached_and_republished_when_something_changes(city: City) -> None:
    held = asyncio.run(issued(city))
    url = status_uri_of(held.envelope)
    _, headers = fetched(url)
    assert headers["content-type"] == "application/statuslist+jwt"
    assert "max-age=" in headers["cache-control"]
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetched(url, **{"If-None-Match": headers["etag"]})
    assert caught.value.code == 304

    async def suspend() -> None:
        async with desk(city) as client:
            await client.change(PERMIT, held, Change.SUSPEND, "核查")

    asyncio.run(suspend())
    assert fetched(url, **{"If-None-Match": headers["etag"]})[1]["etag"] != headers["etag"]
    assert fetched(url, Accept="application/statuslist+cwt")[1]["content-type"] == "application/statuslist+cwt"


def test_events_come_in_order_and_a_token_resumes(city: City) -> None:
    async def run() -> None:
        async with desk(city) as client, city.license_client("citizen-portal") as supervisor:
            held = await client.issue(PERMIT, "residence_permit", draft(), fill=True)
            suspended = await client.change(PERMIT, held, Change.SUSPEND, "一")
            seen = []

            async def listen(after: str = "") -> None:
                async for event in supervisor.watch(SERVICE, ["residence_permit"], after=after):
                    if event.identifier == held.identifier:
                        seen.append(event)
                        if len(seen) == 3:
                            return

            listening = asyncio.create_task(listen())
            await asyncio.sleep(0.5)
            await client.change(PERMIT, suspended, Change.RESUME, "二")
            await asyncio.wait_for(listening, 20)
            assert [item.event for item in seen] == ["ISSUED", "SUSPEND", "RESUME"]
            assert [item.revision for item in seen] == [1, 2, 3]
            again = seen[:]
            seen.clear()
            seen.append(again[0])
            await asyncio.wait_for(listen(again[0].token), 20)
            assert seen == again
        async with city.license_client("talent-settlement") as other:

            async def first() -> None:
                async for _ in other.watch(SETTLE, ["food_license"]):
                    return

            assert (await refused(first())).reason == "NO_GRANT"

    asyncio.run(run())


def test_an_annotation_says_who_and_why(city: City) -> None:
    async def run() -> None:
        held = await issued(city)
        async with desk(city) as client:
            found = await client.annotate(PERMIT, held, "已用于入学报名", "2027-01-01")
            assert found.annotation["why"] == "已用于入学报名"
            assert found.revision == 2
            assert (await refused(client.annotate(PERMIT, found, "", ""))).field == "why"

    asyncio.run(run())


def test_a_holder_binds_a_license_to_a_key(city: City) -> None:
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256")

    async def run() -> HeldLicense:
        async with desk(city) as client:
            with pytest.raises(ExchangeError, match="holder_key"):
                await client.issue(PERMIT, "residence_permit", draft(holder_key=key.as_dict(private=True)), fill=True)
            return await client.issue(
                PERMIT, "residence_permit", draft(holder_key=key.as_dict(private=False)), fill=True
            )

    held = asyncio.run(run())
    assert held.checked.license["cnf"]["jwk"]["x"] == key.as_dict()["x"]
    assert set(held.checked.license["cnf"]["jwk"]) == {"kty", "crv", "x", "y"}


@pytest.mark.parametrize("change", ["xb = '1'", "ryzt = '1'"], ids=["a value changed", "the person deceased"])
def test_a_license_whose_source_no_longer_supports_it_is_suspended_with_evidence(city: City, change: str) -> None:
    subject = Subject(SubjectKind.CITIZEN_ID, APPLICANT.identifier)

    async def run() -> None:
        held = await issued(city)
        database = await connect(city.world.postgres)
        await database.execute(f"UPDATE rk_jbxx SET {change} WHERE gmsfhm = $1", subject.identifier)
        try:
            async with desk(city) as client:
                found = await client.review(PERMIT, "residence_permit")
                assert held.identifier in found.suspended
                assert not found.undecided
                assert (await client.get(PERMIT, held.identifier)).state is LicenseState.SUSPENDED
                if change.startswith("ryzt"):
                    error = await refused(client.issue(PERMIT, "residence_permit", draft(), fill=True))
                    assert error.reason == "FACT_NOT_ON_RECORD"
        finally:
            await database.execute("UPDATE rk_jbxx SET xb = '2', ryzt = '0' WHERE gmsfhm = $1", subject.identifier)
            await database.close()

    asyncio.run(run())


def test_a_flag_is_taken_away_by_a_review_that_finds_its_ground_again(city: City) -> None:
    async def run() -> None:
        held = await issued(city)
        connection = await connect(city.world.postgres.replace("/departments", "/yici"))
        try:
            await connection.execute("UPDATE license SET flag = '待核' WHERE identifier = $1", held.identifier)
            async with desk(city) as client:
                assert (await client.get(PERMIT, held.identifier)).flag == "待核"
                assert held.identifier not in (await client.review(PERMIT, "residence_permit")).flagged
                assert not (await client.get(PERMIT, held.identifier)).flag
            row = await connection.fetchrow(
                "SELECT event FROM license_event WHERE identifier = $1 ORDER BY index DESC LIMIT 1", held.identifier
            )
            assert row["event"] == "UNFLAGGED"
        finally:
            await connection.close()

    asyncio.run(run())


def test_the_same_request_for_another_period_is_another_license(city: City) -> None:
    async def run() -> None:
        first = draft()
        async with desk(city) as client:
            held = await client.issue(PERMIT, "residence_permit", first, fill=True)
            again = await client.issue(PERMIT, "residence_permit", first, fill=True)
            assert again.identifier == held.identifier
            error = await refused(client.issue(PERMIT, "residence_permit", replace(first, valid_to=date(2098, 1, 1)), fill=True))  # fmt: skip
            assert error.reason == "NUMBER_TAKEN"

    asyncio.run(run())


def test_a_download_is_refused_on_the_record_once_its_system_may_not_ask(city: City) -> None:
    async def run() -> str:
        held = await issued(city)
        async with desk(city) as client:
            return await client.link(PERMIT, held.identifier, "归档")

    url = f"http://127.0.0.1:{city.http_port}{asyncio.run(run())}"

    async def set_state(state: str) -> None:
        connection = await connect(city.world.postgres.replace("/departments", "/yici"))
        await connection.execute("UPDATE system SET state = $1 WHERE id = 'residence-desk'", state)
        await connection.close()

    asyncio.run(set_state("suspended"))
    try:
        with pytest.raises(urllib.error.HTTPError) as caught:
            fetched(url)
        assert caught.value.code == 404
        [entry] = asyncio.run(newest(city))
        assert (entry.leaf["kind"], entry.leaf["decision"], entry.leaf["reason"]) == (
            "license.download", "deny", "CODE_UNKNOWN",
        )  # fmt: skip
    finally:
        asyncio.run(set_state("active"))
    page, _ = fetched(url)
    assert page.startswith(b"%PDF")
    [entry] = asyncio.run(newest(city))
    assert (entry.leaf["reason"], entry.leaf["matter"]) == ("DOWNLOADED", "residence-permit")


def test_a_license_read_at_the_node_itself_is_on_the_record_with_its_reason(city: City) -> None:
    import subprocess
    import sys

    held = asyncio.run(issued(city))
    yici = str(Path(sys.executable).parent / "yici")
    command = [yici, "license", "export", held.identifier, "--data", str(city.data)]
    assert subprocess.run(command, capture_output=True).returncode == 2
    found = subprocess.run([*command, "--why", "归档"], capture_output=True, text=True)
    assert "ZZBS" in found.stdout
    [entry] = asyncio.run(newest(city))
    assert (entry.leaf["reason"], entry.leaf["answer"]) == ("EXPORTED", held.checked.digest)
    assert "归档" not in str(entry.leaf)
