"""Scenario tests of using licenses: find, verify facts, present, download, publish status, watch."""

import asyncio
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exchange.client import ExchangeError, LicenseClient, Subject
from exchange.demo.city import City
from exchange.licensing.reading import check_presented, read_presented
from exchange.node.wiring.ledger import make_appender
from exchange.pki.key_vault import KeyVault
from keys.errors import MalformedError
from keys.evidence import Step, Verdict
from keys.license import status_uri_of
from keys.trust import TrustBundle
from registry.claims import Claim, Operator
from registry.connection import connect
from registry.identifiers import SubjectKind
from registry.licenses import codes
from registry.licenses.codes import CodeUse
from registry.licenses.facts import FactsAnswer
from registry.licenses.states import Change
from registry.outcomes import Outcome, Resolution
from registry.register import ledger_key_states
from tests.support import terminal
from tests.support.ask import APPLICANT, NAME, newest
from tests.support.edits import recorded_edit
from tests.support.permits import PERMIT, SERVICE, SETTLE, desk, draft, fetched, issued, refused, status_of

VALID = Claim("state", Operator.EQ, ("valid",))


async def test_many_who_ask_for_a_list_that_changed_are_all_answered(city: City) -> None:
    held = await issued(city)
    uri = status_uri_of(held.envelope)
    async with desk(city) as client:
        for change in (Change.SUSPEND, Change.RESUME):
            held = await client.change(PERMIT, held, change, "核查")
            answers = await asyncio.gather(*[asyncio.to_thread(fetched, uri) for _ in range(12)])
            assert len({body for body, _ in answers}) == 1
    nowhere = f"http://127.0.0.1:{city.http_port}/status/3000000000"
    assert await asyncio.to_thread(status_of, nowhere) == 404


async def test_licenses_are_found_by_holder_and_disclose_what_is_granted(city: City) -> None:
    held = await issued(city)
    async with city.license_client("talent-settlement") as officer:
        found, proof = await officer.find(SETTLE, "residence_permit", APPLICANT, ["number", "state", "sex"])
        mine = next(item for item in found if item.identifier == held.identifier)
        assert mine.checked.license["license"] == {"sex": "female"}
        assert "name" not in mine.checked.license["holders"][0]
        assert proof.checked.leaf.facts.dataset == "license.residence_permit"
        error = await refused(officer.find(SETTLE, "residence_permit", APPLICANT, ["birth_date"]))
        assert error.reason == "FIELD_NOT_GRANTED"
        bundle = await officer.bundle(SETTLE, {"applicant": APPLICANT})
        assert held.identifier in {item.identifier for item in bundle["residence"]}  # type: ignore[union-attr]
        settled = await officer.resolve(SETTLE, {"applicant": APPLICANT}, {"name": NAME})
        assert {item.id: item.resolution for item in settled}["residence"] is Resolution.PROVEN


async def test_stated_facts_are_verified_without_telling_which_is_wrong(city: City) -> None:
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


async def test_a_holders_code_shows_once_to_one_officer(city: City) -> None:
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
        assert (await refused(portal.present(SERVICE, [held.identifier], APPLICANT.identifier, ""))).field == "purpose"
        assert (
            await refused(one.present(SETTLE, [held.identifier], APPLICANT.identifier, "x"))
        ).reason == "NOT_THE_ISSUER"


async def test_a_code_past_its_end_shows_nothing(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "PRESENTATION_LIFETIME", timedelta(0))

    held = await issued(city)
    connection = await connect(city.world.postgres.replace("/departments", "/yici"))
    appender = make_appender(city.settings, KeyVault.of(city.settings), await ledger_key_states(connection))
    async with connection.transaction():
        code, entry = await codes.make_code(
            connection, CodeUse.PRESENTATION, [held.identifier], "人才引进落户", "citizen-portal", asdict(SERVICE)
        )
        await appender.record(connection, [entry])
    await connection.close()
    async with city.license_client("talent-settlement") as officer:
        assert (await refused(officer.redeem(SETTLE, code))).status == "NOT_FOUND"


def test_a_page_changed_after_sealing_is_refused(city: City, tmp_path: Path) -> None:
    async def run() -> bytes:
        async with desk(city) as client:
            held = await client.issue(PERMIT, "residence_permit", draft(), fill=True)
            return await client.pdf(PERMIT, held.identifier)

    data = asyncio.run(run())
    bundle, now = TrustBundle.load(city.trust), datetime.now(UTC)
    good = check_presented(read_presented(data), bundle, now)
    assert good.steps[0] == Step("page", Verdict.VALID, good.steps[0].detail)
    at = data.rindex(b"/Title")
    found = check_presented(read_presented(data[:at] + b"/Xitle" + data[at + 6 :]), bundle, now)
    assert found.verdict is Verdict.INVALID
    assert found.steps[0].name == "page"
    with pytest.raises(MalformedError):
        read_presented(data + b"\n%%EOF\n")
    with pytest.raises(MalformedError):
        read_presented(data[: len(data) // 2])


async def test_a_download_is_watermarked_and_good_once(city: City, tmp_path: Path) -> None:
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

    path, plain = await run()
    url = f"http://127.0.0.1:{city.http_port}{path}"
    assert status_of(url, "HEAD") == 405
    data, headers = fetched(url)
    assert headers["content-type"] == "application/pdf"
    text = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range()
    assert "仅用于人才引进落户" in text
    assert "苏州市数据局" in text
    assert NAME in pypdfium2.PdfDocument(plain)[0].get_textpage().get_text_range()
    assert "仅用于" not in pypdfium2.PdfDocument(plain)[0].get_textpage().get_text_range()
    assert status_of(url) == 404
    [entry] = await newest(city)
    assert entry.leaf.facts.kind == "license.download"


async def test_status_lists_are_cached_and_republished_when_something_changes(city: City) -> None:
    held = await issued(city)
    url = status_uri_of(held.envelope)
    _, headers = fetched(url)
    assert headers["content-type"] == "application/statuslist+jwt"
    assert "max-age=" in headers["cache-control"]
    assert status_of(url, **{"If-None-Match": headers["etag"]}) == 304

    async with desk(city) as client:
        await client.change(PERMIT, held, Change.SUSPEND, "核查")
    assert fetched(url, **{"If-None-Match": headers["etag"]})[1]["etag"] != headers["etag"]
    assert fetched(url, Accept="application/statuslist+cwt")[1]["content-type"] == "application/statuslist+cwt"


async def test_events_come_in_order_and_a_token_resumes(city: City) -> None:
    async with desk(city) as client, city.license_client("citizen-portal") as supervisor:
        held = await client.issue(PERMIT, "residence_permit", draft(), fill=True)
        suspended = await client.change(PERMIT, held, Change.SUSPEND, "一")
        seen = []

        async def listen(after: str = "") -> None:
            async for event in supervisor.watch(SERVICE, ["residence_permit"], resume_token=after):
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
        await asyncio.wait_for(listen(again[0].resume_token), 20)
        assert seen == again
    async with city.license_client("talent-settlement") as other:

        async def first() -> None:
            async for _ in other.watch(SETTLE, ["food_license"]):
                return

        assert (await refused(first())).reason == "NO_GRANT"


async def changed(city: City, statement: str, *values: object) -> None:
    """Change a register, and wait until two workers and the HTTP process have read it."""
    log = city.data / "node.log"
    before = log.read_text().count("register.read")
    await recorded_edit(city, statement, *values)
    async with asyncio.timeout(30):
        while log.read_text().count("register.read") < before + 3:
            await asyncio.sleep(0.1)


async def test_a_type_is_not_shared_once_it_is_withheld(city: City) -> None:
    sharing = [
        f"UPDATE {table} SET body = body || jsonb_build_object('sharing', $1::text) WHERE id = '{name}'"
        for table, name in (("license_type", "residence_permit"), ("dataset", "license.residence_permit"))
    ]
    fields = "UPDATE access_grant SET fields = {} WHERE dataset = 'license.residence_permit'"
    more = "'{birth_date,registered_region,ethnicity,registered_address}'::varchar[]"

    held = await issued(city)
    identifier = Subject(SubjectKind.LICENSE_IDENTIFIER, held.identifier)
    async with (
        city.license_client("talent-settlement") as officer,
        city.license_client("citizen-portal") as portal,
        desk(city) as client,
    ):
        acts = {
            "verify": lambda: officer.verify(SETTLE, "license.residence_permit", identifier, [VALID]),
            "find": lambda: officer.find(SETTLE, "residence_permit", APPLICANT, ["number"]),
            "link": lambda: officer.link(SETTLE, held.identifier, "人才引进落户"),
            "facts": lambda: officer.verify_facts(SETTLE, "residence_permit", held.identifier, {"holder_name": NAME, "sex": "female"}),
            "redeem": lambda: officer.redeem(SETTLE, code),
        }  # fmt: skip
        await changed(city, fields.format(f"fields || {more}"))
        code = await portal.present(SERVICE, [held.identifier], APPLICANT.identifier, "人才引进落户")
        path = await acts["link"]()
        assert await asyncio.to_thread(fetched, f"http://127.0.0.1:{city.http_port}{path}")
        path = await acts["link"]()
        try:
            for statement in sharing:
                await changed(city, statement, "withheld")
            for name, act in acts.items():
                assert (name, (await refused(act())).reason) == (name, "DATASET_WITHHELD")
            assert await asyncio.to_thread(status_of, f"http://127.0.0.1:{city.http_port}{path}") == 404
            [entry] = await newest(city)
            found = entry.leaf.facts
            assert (found.kind, found.decision, found.reason) == ("license.download", "deny", "DATASET_WITHHELD")
            assert await client.link(PERMIT, held.identifier, "归档")  # to its issuer it is not withheld
        finally:
            for statement in sharing:
                await changed(city, statement, "unconditional")
            await changed(city, fields.format(f"(SELECT array_agg(f) FROM unnest(fields) f WHERE f <> ALL ({more}))"))


def test_a_download_is_refused_on_the_record_once_its_system_may_not_ask(city: City) -> None:
    async def run() -> str:
        held = await issued(city)
        async with desk(city) as client:
            return await client.link(PERMIT, held.identifier, "归档")

    url = f"http://127.0.0.1:{city.http_port}{asyncio.run(run())}"

    def set_state(state: str) -> None:
        asyncio.run(changed(city, "UPDATE system SET state = $1 WHERE id = 'residence-desk'", state))

    set_state("suspended")
    try:
        assert status_of(url) == 404
        [entry] = asyncio.run(newest(city))
        assert (entry.leaf.facts.kind, entry.leaf.facts.decision, entry.leaf.facts.reason) == (
            "license.download", "deny", "SYSTEM_SUSPENDED",
        )  # fmt: skip
    finally:
        set_state("active")
    page, _ = fetched(url)
    assert page.startswith(b"%PDF")
    [entry] = asyncio.run(newest(city))
    assert (entry.leaf.facts.reason, entry.leaf.facts.matter) == ("DOWNLOADED", "residence-permit")


async def test_a_license_read_at_the_node_is_recorded_with_its_reason(city: City) -> None:
    held = await issued(city)
    command = ("license", "export", held.identifier, "--data", city.data)
    assert terminal.run(*command, environment=os.environ | {"YICI_WHY": ""}).returncode == 2
    found = terminal.run(*command, "--why", "归档")
    assert "ZZBS" in found.stdout
    [entry] = await newest(city)
    assert (entry.leaf.facts.reason, entry.leaf.facts.answer) == ("EXPORTED", held.checked.digest)
    assert "归档" not in entry.data.decode()
