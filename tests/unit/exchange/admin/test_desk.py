"""Tests of the desk: a change and its entry are one transaction, and a trial changes nothing."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from exchange.acts.admin_act import AdminAct, ItemTarget
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal
from exchange.admin.desk import Changed, Desk
from keys.notes import NoteSigner
from registry.agencies import Agency, Duty
from registry.errors import LedgerError
from registry.items import put
from tests.support.desks import Office, office
from tests.support.officials import person
from tests.support.permitting import ISSUER, STRANGER

AGENCIES = [Agency(ISSUER, "数据局", "320500"), Agency(STRANGER, "公安局", "320500")]
PEOPLE = [person("p-1", ISSUER, Duty.ADMINISTER), person("p-2", STRANGER)]
RENAME = AdminAct("agency", "update", "机构改革", item=STRANGER)


def opened(url: str, signer: NoteSigner, folder: Path) -> AbstractAsyncContextManager[Office]:
    return office(url, signer, folder, AGENCIES, PEOPLE)


async def rename(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Changed | Refusal:
    over = Desk.over(permit, ItemTarget("agency", STRANGER))
    if isinstance(over, Refusal):
        return over
    before, row = await put(connection, "agency", {"uscc": STRANGER, "name": "新公安局"})
    assert before is not None
    return Changed(None, row, "UPDATED", told=(STRANGER,))


async def names(found: Office) -> set[str]:
    return {row["name"] for row in await found.pool.fetch("SELECT name FROM agency")}


async def test_a_change_and_its_entry_are_one_transaction(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        changed = await found.desk.change(found.call("p-1"), RENAME, rename)
        assert isinstance(changed, Changed)
        assert await names(found) == {"数据局", "新公安局"}
        entry = (await found.entries())[0]
        facts: Any = entry.leaf.facts
        assert (facts.kind, facts.reason, facts.object, facts.version) == ("agency.update", "UPDATED", STRANGER, 2)
        assert (facts.agency, facts.person, facts.told, len(facts.policy)) == (ISSUER, "certificate", (STRANGER,), 64)
        assert entry.opening is not None
        assert (entry.opening.officer, entry.opening.request) == ("person:p-1", "机构改革")
        assert await found.pool.fetchval("SELECT index FROM event") == entry.index


async def test_a_trial_changes_nothing_and_is_on_record(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        changed = await found.desk.change(found.call("p-1"), RENAME, rename, dry=True)
        assert isinstance(changed, Changed)
        assert await names(found) == {"数据局", "公安局"}
        facts: Any = (await found.entries())[0].leaf.facts
        assert (facts.reason, facts.object, facts.version, facts.told) == ("DRY_RUN", STRANGER, 0, ())


async def test_what_is_refused_or_fails_changes_nothing(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(url, note_signer, tmp_path) as found:

        async def conflict(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Changed | Refusal:
            await rename(permit, connection)
            return Refusal(Reason.HURTS_OTHERS, "two grants")

        async def fails(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Changed | Refusal:
            await rename(permit, connection)
            raise ZeroDivisionError

        for who, work, reason in (
            ("p-1", conflict, Reason.HURTS_OTHERS), ("p-1", fails, Reason.INTERNAL), ("p-2", rename, Reason.DUTY_MISSING),
        ):  # fmt: skip
            refused = await found.desk.change(found.call(who), RENAME, work)
            assert isinstance(refused, Refusal)
            assert refused.reason is reason
            assert (await found.entries())[0].leaf.facts.reason == reason.name

        async def unwritten(*_: object) -> None:
            raise LedgerError("the log is in doubt")

        with monkeypatch.context() as patch:
            patch.setattr(found.desk._appender, "record", unwritten)
            refused = await found.desk.change(found.call("p-1"), RENAME, rename)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.LEDGER_UNAVAILABLE
        assert await names(found) == {"数据局", "公安局"}


async def test_what_is_read_is_on_record_first(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(_permit: Permit[AdminAct], _connection: asyncpg.Connection) -> str:
        return "disclosed"

    async with opened(url, note_signer, tmp_path) as found:
        for act, result in ((AdminAct("agency", "list"), "LISTED"), (AdminAct("agency", "read", item=ISSUER), "READ")):
            assert await found.desk.read(found.call("p-2"), act, work) == "disclosed"
            assert (await found.entries())[0].leaf.facts.reason == result

        async def unwritten(*_: object) -> None:
            raise LedgerError("full")

        monkeypatch.setattr(found.desk.road.ledger, "write", unwritten)
        assert isinstance(await found.desk.read(found.call("p-2"), AdminAct("agency", "list"), work), Refusal)
