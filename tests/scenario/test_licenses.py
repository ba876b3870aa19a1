"""Scenario tests of licenses from data on record: issued, changed, superseded, reviewed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from exchange.client import ExchangeError, LicenseView, Subject
from exchange.demo.city import City
from exchange.node.wiring.registers import expire
from keys.evidence import Verdict
from keys.leaf.facts import ActFacts
from keys.license import check_license
from keys.qr import code_of
from keys.sdjwt import SdJwt
from keys.trust import TrustBundle
from registry.connection import connect
from registry.identifiers import SubjectKind
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import Draft
from registry.licenses.states import Change, LicenseState
from tests.support.ask import APPLICANT, NAME, newest
from tests.support.edits import recorded_edit
from tests.support.permits import PERMIT, SETTLE, desk, draft, issued, refused, status_list


async def test_a_permit_is_filled_from_the_record_and_checked_offline(city: City) -> None:
    held = await issued(city)
    assert held.record.state is LicenseState.VALID
    assert held.fields["sex"] == "female"
    assert held.fields["birth_date"] == "1994-06-18"
    assert held.checked.license["holders"] == [{"kind": "111", "name": NAME, "code": APPLICANT.identifier}]
    assert held.checked.license["rests_on"][0]["dataset"] == "identity.person"
    bundle = TrustBundle.load(city.trust)
    now = datetime.now(UTC)
    for text in (held.envelope, held.record.qr):
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
    assert len(code_of(held.record.qr)) < 500
    shown = SdJwt.parse(held.envelope).disclose(lambda name, _: name == "name").text
    assert "code" not in check_license(shown, bundle, now).license["holders"][0]


async def test_a_given_text_chooses_the_record_by_the_rules_of_names(city: City) -> None:
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

    async with desk(city) as client:
        held = await client.issue(PERMIT, "residence_permit", draft(), fill=True)
        region = held.fields["registered_region"]
        for given in (region, region.translate(wide), f" {region[:3]}\u200b{region[3:]}\ufeff"):
            fields = {"address": "苏州市", "registered_region": given}
            held = await client.issue(PERMIT, "residence_permit", draft(fields=fields), fill=True)
            assert held.fields["registered_region"] == region  # as the source writes it
        for given in (
            region[:-1],
            f"{region[:-1]}{9 - int(region[-1])}",
            f"{region[:3]} {region[3:]}",
            f"{region}0",
        ):
            fields = {"address": "苏州市", "registered_region": given}
            error = await refused(client.issue(PERMIT, "residence_permit", draft(fields=fields), fill=True))
            assert (error.reason, error.field) == ("FACT_NOT_ON_RECORD", "fields")
            assert given not in str(error)


async def test_suspending_takes_effect_at_once_and_resuming_too(city: City) -> None:
    held = await issued(city)
    bundle = TrustBundle.load(city.trust)
    async with desk(city) as client, city.license_client("talent-settlement") as officer:
        suspended = await client.change(PERMIT, held, Change.SUSPEND, "证件遗失")
        assert suspended.record.state is LicenseState.SUSPENDED
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
    assert (entry.leaf.facts.kind, entry.leaf.facts.decision, entry.leaf.facts.reason) == (
        "license.resume",
        "deny",
        "ILLEGAL_TRANSITION",
    )


async def test_of_two_officers_who_change_one_license_one_wins(city: City) -> None:
    held = await issued(city)
    async with desk(city) as one, desk(city) as two:
        outcomes = await asyncio.gather(
            one.change(PERMIT, held, Change.SUSPEND, "甲"), two.change(PERMIT, held, Change.CANCEL, "乙"),
            return_exceptions=True,
        )  # fmt: skip
    [error] = [item for item in outcomes if isinstance(item, ExchangeError)]
    assert (error.status, error.reason) == ("ABORTED", "LICENSE_CHANGED")
    assert "revision is now 2" in error.detail


async def test_a_renewed_license_supersedes_the_old_one_by_digest(city: City) -> None:
    held = await issued(city)
    async with desk(city) as client:
        renewed = await client.supersede(PERMIT, held, draft(number=held.number, fields=dict(held.fields)), "续签")
        assert renewed.checked.license["supersedes"] == held.checked.digest
        assert renewed.identifier.split(".")[-2] == "002"
        old = await client.get(PERMIT, held.identifier)
        assert (old.record.state, old.record.revision) == (LicenseState.SUPERSEDED, 2)
        other = await client.issue(PERMIT, "residence_permit", draft(), fill=True)
        for changed, why, reason in (
            ({"number": other.number}, "x", "NUMBER_TAKEN"),
            ({"number": renewed.number}, "", "INVALID_REQUEST"),
        ):
            wrong = draft(fields=dict(held.fields), **changed)
            assert (await refused(client.supersede(PERMIT, renewed, wrong, why))).reason == reason
    assert "SUPERSEDED" in {entry.leaf.facts.reason for entry in await newest(city, 20)}


async def test_thousands_are_issued_and_a_bad_item_stops_no_other(city: City) -> None:
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
    made = [item for item in first if isinstance(item, LicenseView)]
    assert len(made) == 300
    assert len({item.identifier for item in made}) == 300
    assert isinstance(second[0], LicenseView)
    assert second[0].identifier == made[7].identifier
    assert isinstance(second[1], ExchangeError)
    assert second[1].reason == "NUMBER_TAKEN"


BAD = {
    "unknown type": ("no_such_type", {}, "LICENSE_TYPE_UNKNOWN", "type"),
    "not its issuer": ("real_estate", {}, "NOT_THE_ISSUER", "type"),
    "field too long": ("residence_permit", {"fields": {"address": "长" * 201}}, "INVALID_REQUEST", "fields.address"),
    "unknown field": ("residence_permit", {"fields": {"address": "a", "colour": "red"}}, "INVALID_REQUEST", "fields.colour"),
    "missing field": ("residence_permit", {"fields": {}}, "INVALID_REQUEST", "fields.address"),
    "wrong check digit": ("residence_permit", {"holders": (Holder(HolderKind.CITIZEN_ID, "650102199406180285", NAME),)}, "INVALID_REQUEST", "holders[0].code"),
    "unknown holder kind": ("residence_permit", {"holders": (Holder(HolderKind.OFFICER_ID, "E123", NAME),)}, "FACT_NOT_ON_RECORD", ""),
    "ends before it begins": ("residence_permit", {"valid_to": date(2025, 1, 1)}, "INVALID_REQUEST", "valid_to"),
    "no end by the year 9999": ("residence_permit", {"valid_to": date(9999, 12, 31)}, "INVALID_REQUEST", "valid_to"),
    "a name that is not printable": ("residence_permit", {"holders": (Holder(HolderKind.CITIZEN_ID, APPLICANT.identifier, "a\x00"),)}, "INVALID_REQUEST", "holders[0].name"),
    "a name that no font shows": ("residence_permit", {"holders": (Holder(HolderKind.CITIZEN_ID, APPLICANT.identifier, "\U0002ebf0"),)}, "INVALID_REQUEST", "holders"),
    "not a picture": ("residence_permit", {"photo": b"MZ"}, "INVALID_REQUEST", "photo"),
    "unknown person": ("residence_permit", {"holders": (Holder(HolderKind.CITIZEN_ID, "110101199003070134", "某某"),)}, "FACT_NOT_ON_RECORD", "fields"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
async def test_a_draft_that_breaks_a_rule_is_refused_by_name_and_on_the_record(city: City, case: str) -> None:
    kind, changed, reason, field = BAD[case]

    async with desk(city) as client:
        error = await refused(client.issue(PERMIT, kind, draft(**changed), fill=kind == "residence_permit"))
    assert (error.reason, error.field) == (reason, field), error
    entry = (await newest(city))[0]
    assert entry.leaf.facts.decision == "deny"


async def test_a_change_without_a_reason_or_a_basis_is_refused(city: City) -> None:
    held = await issued(city)
    async with desk(city) as client:
        assert (await refused(client.change(PERMIT, held, Change.SUSPEND, " "))).field == "reason"
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


async def test_a_refusal_before_the_desk_is_recorded_with_its_own_reason(city: City) -> None:
    from yici.registry.v1 import license_pb2 as pb

    service = "/yici.registry.v1.LicenseService/"
    async with desk(city) as client:
        for method, request, shape, field in (
            ("ChangeLicense", pb.ChangeLicenseRequest(), pb.ChangeLicenseResponse, "change"),
            (
                "IssueLicense",
                pb.IssueLicenseRequest(draft=pb.LicenseDraft(valid_from="x")),
                pb.IssueLicenseResponse,
                "basis.matter",
            ),
        ):
            assert (await refused(client.call(service, method, request, shape))).field == field
            assert (await newest(city))[0].leaf.facts.decision == "deny"


async def test_a_license_past_its_end_is_recorded_as_expired(city: City) -> None:
    async with desk(city) as client:
        held = await client.issue(PERMIT, "residence_permit", draft(valid_to=date(2026, 2, 1)), fill=True)
        assert (await client.state(PERMIT, identifier=held.identifier)).state is LicenseState.EXPIRED
        assert await expire(city.settings, city.world.postgres.replace("/departments", "/yici")) >= 1
        found = await client.get(PERMIT, held.identifier)
        assert (found.record.state, found.record.revision) == (LicenseState.EXPIRED, 2)
    facts = next(entry.leaf.facts for entry in await newest(city, 5) if entry.leaf.facts.kind == "license.expire")
    assert isinstance(facts, ActFacts)
    assert (facts.decision, facts.reason, facts.operator, facts.agency) == ("permit", "EXPIRE", "node", "")


async def test_licenses_that_depart_do_not_stop_the_expiry_of_others(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = city.world.postgres.replace("/departments", "/yici")
    monkeypatch.setattr("exchange.licensing.expiry._BATCH", 2)
    async with desk(city) as client:
        held = [
            await client.issue(PERMIT, "residence_permit", draft(valid_to=date(2026, 2, 1)), fill=True)
            for _ in range(3)
        ]
    connection = await connect(url)
    by_sql = "UPDATE license SET valid_to = $2 WHERE identifier = ANY($1::text[])"
    departing = [item.identifier for item in held[:2]]
    await connection.execute(by_sql, departing, date(2026, 1, 1))
    try:
        await expire(city.settings, url)
        states = "SELECT state FROM license WHERE identifier = ANY($1::text[])"
        assert [row["state"] for row in await connection.fetch(states, departing)] == ["valid", "valid"]
        assert await connection.fetchval(states, [held[2].identifier]) == "expired"
    finally:
        await connection.execute(by_sql, departing, date(2026, 2, 1))
        await connection.close()
    assert await expire(city.settings, url) == 2


async def test_an_expiry_that_fails_leaves_one_entry_and_one_without_work_none(city: City) -> None:
    url = city.world.postgres.replace("/departments", "/yici")
    await expire(city.settings, url)
    before = (await newest(city))[0].index
    assert await expire(city.settings, url) == 0
    assert (await newest(city))[0].index == before
    connection = await connect(url)
    await connection.execute("ALTER TABLE license RENAME TO license_away")
    try:
        with pytest.raises(ExchangeError, match="REGISTER_IN_DOUBT"):
            await expire(city.settings, url)
    finally:
        await connection.execute("ALTER TABLE license_away RENAME TO license")
        await connection.close()
    found = [entry.leaf.facts for entry in await newest(city, 5) if entry.index > before]
    assert [(facts.kind, facts.decision) for facts in found] == [("license.expire", "fail")]


async def test_an_annotation_says_who_and_why(city: City) -> None:
    held = await issued(city)
    async with desk(city) as client:
        found = await client.annotate(PERMIT, held, "已用于入学报名", "2027-01-01")
        note = found.record.annotation
        assert note
        assert (note.author, note.reason, note.until) == ("苏州市公安局", "已用于入学报名", "2027-01-01")
        assert note.created_at
        assert abs(note.created_at - datetime.now(UTC)) < timedelta(minutes=1)
        assert found.record.revision == 2
        assert (await refused(client.annotate(PERMIT, found, "", ""))).field == "reason"


async def test_a_holder_binds_a_license_to_a_key(city: City) -> None:
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256")

    async def run() -> LicenseView:
        async with desk(city) as client:
            with pytest.raises(ExchangeError, match="holder_key"):
                await client.issue(PERMIT, "residence_permit", draft(holder_key=key.as_dict(private=True)), fill=True)
            return await client.issue(
                PERMIT, "residence_permit", draft(holder_key=key.as_dict(private=False)), fill=True
            )

    held = await run()
    assert held.checked.license["cnf"]["jwk"]["x"] == key.as_dict()["x"]
    assert set(held.checked.license["cnf"]["jwk"]) == {"kty", "crv", "x", "y"}


@pytest.mark.parametrize("change", ["xb = '1'", "ryzt = '1'"], ids=["a value changed", "the person deceased"])
async def test_a_license_without_support_of_its_source_is_suspended(city: City, change: str) -> None:
    subject = Subject(SubjectKind.CITIZEN_ID, APPLICANT.identifier)

    held = await issued(city)
    database = await connect(city.world.postgres)
    await database.execute(f"UPDATE rk_jbxx SET {change} WHERE gmsfhm = $1", subject.identifier)
    try:
        async with desk(city) as client:
            found = await client.review(PERMIT, "residence_permit")
            assert held.identifier in found.suspended
            assert not found.undecided
            suspending = [item.leaf.facts for item in await newest(city, 200) if item.leaf.facts.reason == "SUSPEND"]
            assert {facts.kind for facts in suspending} == {"license.suspend"}  # what Cedar decided on the license
            assert (await client.get(PERMIT, held.identifier)).record.state is LicenseState.SUSPENDED
            if change.startswith("ryzt"):
                error = await refused(client.issue(PERMIT, "residence_permit", draft(), fill=True))
                assert error.reason == "FACT_NOT_ON_RECORD"
    finally:
        await database.execute("UPDATE rk_jbxx SET xb = '2', ryzt = '0' WHERE gmsfhm = $1", subject.identifier)
        await database.close()


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ("hjdqh = '3205?'", "FACT_NOT_ON_RECORD", "identity.person cannot tell (VALUE_UNREADABLE)"),
        ("hjdqh = U&'\\E000'", "FACT_NOT_ON_RECORD", "identity.person cannot tell (VALUE_UNREADABLE)"),
        ("xb = NULL", "FACT_NOT_ON_RECORD", "identity.person has no sex of the holder"),
        ("ryzt = NULL", "FACT_NOT_ON_RECORD", "identity.person has nothing of the holder that fits"),
        ("ryzt = '7'", "SOURCE_MALFORMED", "status: the source's value is not of the field's type"),
    ],
)
async def test_an_undecided_source_fills_and_suspends_no_license(
    city: City, change: str, reason: str, detail: str
) -> None:
    held = await issued(city)
    database = await connect(city.world.postgres)
    await database.execute(f"UPDATE rk_jbxx SET {change} WHERE gmsfhm = $1", APPLICANT.identifier)
    try:
        async with desk(city) as client:
            error = await refused(client.issue(PERMIT, "residence_permit", draft(), fill=True))
            assert (error.reason, error.detail) == (reason, detail)
            found = await client.review(PERMIT, "residence_permit")
            assert held.identifier in found.undecided
    finally:
        await database.execute(
            "UPDATE rk_jbxx SET xb = '2', ryzt = '0', hjdqh = '650102' WHERE gmsfhm = $1", APPLICANT.identifier
        )
        await database.close()


async def test_a_flag_is_taken_away_by_a_review_that_finds_its_ground_again(city: City) -> None:
    held = await issued(city)
    connection = await connect(city.world.postgres.replace("/departments", "/yici"))
    try:
        flag = "UPDATE license SET flag = '待核' WHERE identifier = $1"
        await recorded_edit(city, flag, held.identifier, license=held.identifier)
        async with desk(city) as client:
            assert (await client.get(PERMIT, held.identifier)).record.flag_reason == "待核"
            assert held.identifier not in (await client.review(PERMIT, "residence_permit")).flagged
            assert not (await client.get(PERMIT, held.identifier)).record.flag_reason
        row = await connection.fetchrow(
            "SELECT event FROM license_event WHERE identifier = $1 ORDER BY index DESC LIMIT 1", held.identifier
        )
        assert row["event"] == "UNFLAGGED"
    finally:
        await connection.close()


async def test_the_same_request_for_another_period_is_another_license(city: City) -> None:
    first = draft()
    async with desk(city) as client:
        held = await client.issue(PERMIT, "residence_permit", first, fill=True)
        again = await client.issue(PERMIT, "residence_permit", first, fill=True)
        assert again.identifier == held.identifier
        facts = (await newest(city))[0].leaf.facts
        assert (facts.kind, facts.decision, facts.reason) == ("license.issue", "permit", "REPEATED")
        error = await refused(client.issue(PERMIT, "residence_permit", replace(first, valid_to=date(2098, 1, 1)), fill=True))  # fmt: skip
        assert error.reason == "NUMBER_TAKEN"
