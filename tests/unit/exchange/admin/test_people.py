"""Tests of people on record: two of one name are two, and one human is one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.acts.admin_act import AdminAct
from exchange.acts.refusals import Reason, Refusal
from exchange.admin.desk import Changed
from exchange.admin.people import Enrolling, People
from keys.authority import Authority, Holder
from keys.certificates import Use, now_utc
from keys.notes import NoteSigner
from keys.suites import SUITES
from registry.agencies import Agency, Duty
from registry.database import Database
from registry.items import Stored
from registry.people import PersonChange
from registry.registrar import Registrar
from tests.support.desks import Office, office
from tests.support.ledgers import appender
from tests.support.officials import person
from tests.support.permitting import ISSUER, STRANGER

WHY, ID, DAY = "人员变动", "110105199003078887", timedelta(days=1)
AGENCIES = [Agency(ISSUER, "数据局", "320500"), Agency(STRANGER, "公安局", "320500")]
PEOPLE = [
    person("p-1", ISSUER, Duty.ADMINISTER), person("p-2", ISSUER), person("p-3", STRANGER, Duty.APPROVE),
    person("p-4", STRANGER), person("p-5", ISSUER, Duty.AUDIT), person("p-6", ISSUER, Duty.ADMINISTER),
]  # fmt: skip
WANTED = {"agency": STRANGER, "number": "77", "name": "王芳", "duties": ["request"]}


class Register:
    """People at an office."""

    def __init__(self, found: Office) -> None:
        self.office = found
        self.people = People(found.desk)

    async def enrol(self, who: str = "p-1", **changed: Any) -> Any:
        wanted = Enrolling(**{**WANTED, **changed})
        found = await self.people.create(self.office.call(who), AdminAct("person", "create", WHY), wanted)
        return found.item if isinstance(found, Changed) else found.reason

    async def change(self, who: str, change: PersonChange, item: str, etag: str = "1") -> Any:
        act = AdminAct("person", change.value, WHY, item=item)
        found = await self.people.change(self.office.call(who), act, change, etag)
        return found.item if isinstance(found, Changed) else found.reason

    async def deputy(self, who: str, item: str, deputy: str, since: datetime | None, until: datetime | None) -> Any:
        act = AdminAct("person", "set_deputy", WHY, item=item)
        found = await self.people.set_deputy(self.office.call(who), act, deputy, since, until, "1")
        return found.item if isinstance(found, Changed) else found.reason


@asynccontextmanager
async def opened(url: str, signer: NoteSigner, folder: Path) -> AsyncIterator[Register]:
    async with office(url, signer, folder, AGENCIES, PEOPLE) as found:
        yield Register(found)


async def test_two_people_of_one_name_are_two_and_one_human_is_one(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        one = await register.enrol(citizen_id=ID)
        other = await register.enrol(number="78", citizen_id="11010519491231002X")
        assert (one.columns["name"], one.id == other.id) == (other.columns["name"], False)
        assert await register.enrol(number="79", name="王方", citizen_id=ID) is Reason.ITEM_EXISTS
        assert await register.enrol(number="77") is Reason.ITEM_EXISTS
        stored = await register.office.pool.fetchrow("SELECT * FROM person WHERE id = $1", one.id)
        assert ID not in str(dict(stored))
        for entry in (await register.office.entries())[:5]:
            assert "王".encode() not in entry.data
            assert ID.encode() not in entry.data
        await register.change("p-1", PersonChange.LEAVE, one.id)
        assert isinstance(await register.enrol(number="80", citizen_id=ID), Stored)


@pytest.mark.parametrize(
    ("who", "changed", "reason"),
    [
        ("p-2", {}, Reason.DUTY_MISSING),
        ("p-1", {"duties": ["administer"]}, Reason.INVALID_REQUEST),
        ("p-1", {"duties": []}, Reason.INVALID_REQUEST),
        ("p-1", {"agency": "x"}, Reason.INVALID_REQUEST),
        ("p-1", {"agency": "113205000000140825"}, Reason.INVALID_REQUEST),
        ("p-1", {"name": ""}, Reason.INVALID_REQUEST),
        ("p-1", {"number": "x" * 41}, Reason.INVALID_REQUEST),
        ("p-1", {"citizen_id": "110105199003078888"}, Reason.INVALID_REQUEST),
    ],
)
async def test_a_person_who_breaks_a_rule_is_not_enrolled(
    url: str, note_signer: NoteSigner, tmp_path: Path, who: str, changed: dict[str, Any], reason: Reason
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        assert await register.enrol(who, **changed) is reason


async def test_leaving_ends_the_certificates_in_the_same_transaction(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        database, spki = Database(url), SUITES["ES256"].generate().verifier.spki
        root = Authority.root(SUITES["ES256"].generate(), Holder("root", "x"), 10 * DAY, now_utc())
        made = root.issue(Use.PERSON, Holder("p-4"), spki, DAY, now_utc())
        registrar = Registrar(database, appender(note_signer, tmp_path), "tester")
        await registrar.add_certificate(made, Use.PERSON, "p-4", STRANGER)
        await database.close()
        await register.office.refresh()
        assert [item.revoked for item in register.office.register.people_by_certificate.values()] == [False]
        left = await register.change("p-1", PersonChange.LEAVE, "p-4")
        assert left.state == "left"
        facts: list[Any] = [entry.leaf.facts for entry in (await register.office.entries())[:2]]
        told = [("certificate.revoke", "REVOKED"), ("person.leave", "LEFT")]
        assert [(item.kind, item.reason) for item in facts] == told
        await register.office.refresh()
        assert "p-4" not in register.office.register.people
        assert not register.office.register.people_by_certificate
        assert not register.office.register.departed.found
        assert await register.change("p-1", PersonChange.RESUME, "p-4", "2") is Reason.ILLEGAL_TRANSITION


async def test_a_person_is_suspended_and_resumed_by_administrators(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        assert await register.change("p-2", PersonChange.SUSPEND, "p-4") is Reason.DUTY_MISSING
        assert await register.change("p-1", PersonChange.SUSPEND, "p-4", "7") is Reason.ITEM_CHANGED
        assert await register.change("p-1", PersonChange.SUSPEND, "p-4", "") is Reason.INVALID_REQUEST
        assert await register.change("p-1", PersonChange.SUSPEND, "p-9") is Reason.ITEM_UNKNOWN
        suspended = await register.change("p-1", PersonChange.SUSPEND, "p-4")
        assert (suspended.state, suspended.etag) == ("suspended", "2")
        assert (await register.change("p-1", PersonChange.RESUME, "p-4", "2")).state == "active"


async def test_a_person_names_a_deputy_of_the_same_agency_for_a_time(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    async with opened(url, note_signer, tmp_path) as register:
        for who, item, deputy, since, until, reason in (
            ("p-4", "p-3", "p-4", now, now + DAY, Reason.ITEM_UNKNOWN),
            ("p-3", "p-3", "p-3", now, now + DAY, Reason.INVALID_REQUEST),
            ("p-3", "p-3", "p-2", now, now + DAY, Reason.INVALID_REQUEST),
            ("p-3", "p-3", "p-4", now, now, Reason.INVALID_REQUEST),
            ("p-3", "p-3", "p-4", now, now + 400 * DAY, Reason.INVALID_REQUEST),
            ("p-3", "p-3", "p-4", None, now, Reason.INVALID_REQUEST),
            ("p-5", "p-5", "p-6", now, now + DAY, Reason.INVALID_REQUEST),
        ):
            assert await register.deputy(who, item, deputy, since, until) is reason
        named = await register.deputy("p-3", "p-3", "p-4", now - DAY, now + DAY)
        assert named.columns["deputy"] == "p-4"
        await register.office.refresh()
        assert register.office.register.people["p-3"].is_deputy("p-4", now)


async def test_people_are_read_by_their_agency_and_by_the_authority(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        for who, seen in (("p-3", True), ("p-1", True), ("p-5", True), ("p-2", False)):
            call = register.office.call(who)
            found: Any = await register.people.get(call, AdminAct("person", "read", item="p-4"))
            listed: Any = await register.people.list(call, AdminAct("person", "list"), STRANGER, "", (), "", 10)
            assert isinstance(found, Stored) is seen
            assert ([item.id for item in listed] == ["p-3", "p-4"]) if seen else isinstance(listed, Refusal)
        own: Any = await register.people.get(register.office.call("p-2"), AdminAct("person", "self"))
        assert own.id == "p-2"
