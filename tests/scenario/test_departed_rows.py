"""A row that is not as the ledger records it gives no access, and is not shown."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from exchange.demo.city import City
from exchange.licensing import lookup
from registry.connection import pool
from registry.errors import DepartedError
from registry.licenses.records import get_license
from registry.licenses.states import Change, LicenseState
from registry.reading import read_register
from registry.seals.kinds import SealKind
from registry.seals.records import destroyed_keys, locked_seal
from registry.seals.states import SealChange
from tests.support.ask import IS_NAME, holds
from tests.support.departing import code, database, refusal, refused_while
from tests.support.papers import SENDER, recipient, sender, sent
from tests.support.permits import PERMIT, desk, issued
from tests.support.stamps import APPLY, APPROVE, MAKE, WRITE, maker
from tests.support.stamps import desk as seal_desk

SEAL_OF_SOURCE = "SELECT certificate FROM seal WHERE agency = (SELECT source FROM kept) AND kind = 'exchange'"
NATIONAL = SEAL_OF_SOURCE.replace("certificate", "national_certificate")


@pytest.mark.parametrize(
    ("edit", "undo"),
    [
        ("UPDATE access_grant SET clear_fields = fields WHERE id = 'settlement-identity'",
         "UPDATE access_grant SET clear_fields = '{}' WHERE id = 'settlement-identity'"),
        ("UPDATE system SET name = '台' WHERE id = 'talent-settlement'",
         "UPDATE system SET name = (SELECT name FROM kept) WHERE id = 'talent-settlement'"),
        ("UPDATE agency SET name = name || 'x' WHERE uscc = (SELECT agency FROM system WHERE id = 'talent-settlement')",
         "UPDATE agency SET name = rtrim(name, 'x') WHERE uscc = (SELECT agency FROM system WHERE id = 'talent-settlement')"),
        ("UPDATE certificate SET revoked_why = 'x' WHERE holder = 'talent-settlement'",
         "UPDATE certificate SET revoked_why = NULL WHERE holder = 'talent-settlement'"),
        ("UPDATE seal SET custodian = custodian || 'x' WHERE agency = (SELECT source FROM kept) AND state = 'active'",
         "UPDATE seal SET custodian = replace(custodian, 'x', '') WHERE agency = (SELECT source FROM kept)"),
        (f"UPDATE certificate SET issuer = issuer || 'x' WHERE fingerprint = ({SEAL_OF_SOURCE})",
         f"UPDATE certificate SET issuer = rtrim(issuer, 'x') WHERE fingerprint = ({SEAL_OF_SOURCE})"),
        (f"UPDATE certificate SET issuer = issuer || 'x' WHERE fingerprint = ({NATIONAL})",
         f"UPDATE certificate SET issuer = rtrim(issuer, 'x') WHERE fingerprint = ({NATIONAL})"),
        ("UPDATE dataset SET body = body || '{\"name\": \"x\"}' WHERE id = 'identity.person'",
         "UPDATE dataset SET body = (SELECT body FROM kept) WHERE id = 'identity.person'"),
        ("UPDATE matter SET body = body || '{\"name\": \"x\"}' WHERE id = 'talent-settlement'",
         "UPDATE matter SET body = (SELECT matter FROM kept) WHERE id = 'talent-settlement'"),
    ],
    ids=["grant", "system", "agency", "certificate", "seal", "certificate of a seal", "national certificate", "dataset", "matter"],
)  # fmt: skip
async def test_a_question_that_rests_on_a_departed_row_is_refused(city: City, edit: str, undo: str) -> None:
    connection = await database(city)
    await connection.execute(
        "CREATE TEMP TABLE kept AS SELECT (SELECT name FROM system WHERE id = 'talent-settlement') AS name, "
        "d.source, d.body, (SELECT body FROM matter WHERE id = 'talent-settlement') AS matter "
        "FROM dataset d WHERE id = 'identity.person'"
    )
    async with city.client("talent-settlement") as client:
        assert await refused_while(connection, lambda: holds(client, [IS_NAME]), edit, undo) == "LEDGER_DISAGREES"
    await connection.close()


async def test_a_system_whose_agency_was_removed_is_refused_alone(city: City) -> None:
    connection = await database(city)
    behind = connection.transaction(isolation="repeatable_read")
    await behind.start()
    await connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
    await connection.execute(
        "DELETE FROM agency WHERE uscc = (SELECT agency FROM system WHERE id = 'talent-settlement')"
    )
    enrolled = (await read_register(connection)).certificates.values()
    assert [item.departed for item in enrolled if item.system.id == "talent-settlement"] == [True]
    assert [item.departed for item in enrolled if item.system.id == "residence-desk"] == [False]
    await behind.rollback()
    await connection.close()


@pytest.mark.parametrize("table", ["document", "document_delivery", "document_file"])
async def test_a_document_of_a_departed_row_is_not_read(city: City, table: str) -> None:
    document = await sent(city)
    column = {"document": "title", "document_delivery": "remark", "document_file": "media_type"}[table]
    key = "id" if table == "document" else "document"
    edit = f"UPDATE {table} SET {column} = {{}} WHERE {key} = '{document.id}'"
    connection = await database(city)
    async with recipient(city) as client:
        edits = edit.format(f"{column} || 'x'"), edit.format(f"rtrim({column}, 'x')")
        assert await refused_while(connection, lambda: client.get(WRITE, document.id), *edits) == "LEDGER_DISAGREES"
    await connection.close()


@pytest.mark.parametrize("table", ["document", "document_delivery"])
@pytest.mark.parametrize("received", [True, False])
async def test_a_list_with_a_departed_document_is_refused(city: City, table: str, *, received: bool) -> None:
    document = await sent(city)
    column, key = ("title", "id") if table == "document" else ("remark", "document")
    edit = f"UPDATE {table} SET {column} = {{}} WHERE {key} = '{document.id}'"
    edits = edit.format(f"{column} || 'x'"), edit.format(f"rtrim({column}, 'x')")
    connection = await database(city)
    async with recipient(city) if received else sender(city) as client:

        async def work() -> None:
            assert document.id in [item.id async for item in client.documents(WRITE, received=received)]

        assert await refused_while(connection, work, *edits) == "LEDGER_DISAGREES"
    await connection.close()


@pytest.mark.parametrize("table", ["seal", "certificate"])
async def test_a_departed_seal_is_not_shown(city: City, table: str) -> None:
    seal = city.seals[SENDER, SealKind.OFFICIAL]
    column, key = (
        ("custodian", f"id = '{seal}'")
        if table == "seal"
        else (
            "issuer",
            f"fingerprint = (SELECT certificate FROM seal WHERE id = '{seal}')",
        )
    )
    edit = f"UPDATE {table} SET {column} = {{}} WHERE {key}"
    edits = edit.format(f"{column} || 'x'"), edit.format(f"rtrim({column}, 'x')")
    connection = await database(city)
    async with city.seal_client("document-desk") as client:

        async def listed() -> None:
            assert seal in [item.id async for item in client.seals(APPLY)]

        for work in (lambda: client.get(APPLY, seal), listed):
            assert await refused_while(connection, work, *edits) == "LEDGER_DISAGREES"
    await connection.close()


async def test_a_seal_that_was_approved_by_an_edit_is_neither_changed_nor_made(city: City) -> None:
    connection = await database(city)
    async with seal_desk(city) as agency, city.seal_client("seal-authority") as authority, maker(city) as making:
        seal = await agency.apply(APPLY, SealKind.CONTRACT, "合同专用章", "周保管", years=1)
        await connection.execute("UPDATE seal SET state = 'approved' WHERE id = $1", seal.id)
        assert await refusal(lambda: making.make(MAKE, seal)) == "LEDGER_DISAGREES"
        destroy = SealChange.DESTROY
        assert await refusal(lambda: authority.change(APPROVE, seal, destroy, "不再使用")) == "LEDGER_DISAGREES"
        async with connection.transaction():
            with pytest.raises(DepartedError):
                await locked_seal(connection, seal.id, seal.revision)
        await connection.execute("UPDATE seal SET state = 'applied' WHERE id = $1", seal.id)
        await authority.change(APPROVE, seal, SealChange.REFUSE, "材料不全")
    await connection.close()


async def test_keys_of_a_seal_that_was_destroyed_by_an_edit_are_kept(city: City) -> None:
    seal = city.seals[SENDER, SealKind.OFFICIAL]
    connection = await database(city)
    behind = connection.transaction(isolation="repeatable_read")
    await behind.start()
    names = await connection.fetchrow("SELECT key_name, national_key_name FROM seal WHERE id = $1", seal)
    await connection.execute("UPDATE seal SET state = 'destroyed' WHERE id = $1", seal)
    assert not set(names) & set(await destroyed_keys(connection))
    await behind.rollback()
    await connection.close()


@pytest.mark.parametrize("edited", ["seal_rule", "license_type"])
async def test_an_act_that_rests_on_a_departed_row_is_refused(city: City, edited: str) -> None:
    seal, held = city.seals[SENDER, SealKind.OFFICIAL], await issued(city)
    which = f"body->>'seal' = '{seal}'" if edited == "seal_rule" else "id = 'residence_permit'"
    edit = f"UPDATE {edited} SET body = body || '{{\"edited\": 1}}' WHERE {which}"
    connection = await database(city)
    async with desk(city) as permits, city.seal_client("document-desk") as seals:

        async def work() -> None:
            if edited == "seal_rule":
                await seals.seal(WRITE, seal, b"text")
            else:
                await permits.link(PERMIT, held.identifier, "办理入学")

        undo = f"UPDATE {edited} SET body = body - 'edited' WHERE {which}"
        assert await refused_while(connection, work, edit, undo) == "LEDGER_DISAGREES"
    await connection.close()


@pytest.mark.parametrize("column", ["photo", "envelope"])
async def test_a_license_with_another_photo_or_disclosure_is_shown_no_more(city: City, column: str) -> None:
    connection = await database(city)
    held = await issued(city)
    before = await connection.fetchval(f"SELECT {column} FROM license WHERE identifier = $1", held.identifier)
    edit = f"UPDATE license SET {column} = $2 WHERE identifier = $1"
    await connection.execute(edit, held.identifier, before + (b"x" if column == "photo" else "x"))
    async with desk(city) as client:
        assert await refusal(lambda: client.link(PERMIT, held.identifier, "办理入学")) == "LEDGER_DISAGREES"
        await connection.execute(edit, held.identifier, before)
        assert await client.link(PERMIT, held.identifier, "办理入学")
    await connection.close()


async def test_a_code_that_was_used_is_not_good_again_by_an_edit(city: City) -> None:
    link = await code(city)
    connection = await database(city)
    assert (await asyncio.to_thread(httpx.get, link)).status_code == 200
    used = await connection.fetchrow("SELECT * FROM license_code ORDER BY used_at DESC NULLS LAST LIMIT 1")
    edit = "UPDATE license_code SET used_at = $2, used_by = $3, revision = $4 WHERE digest = $1"
    await connection.execute(edit, used["digest"], None, None, 1)
    again = await asyncio.to_thread(httpx.get, link)
    assert (again.status_code, "not as the ledger records it" in again.text) == (503, True)
    await connection.execute(edit, used["digest"], used["used_at"], used["used_by"], used["revision"])
    assert (await asyncio.to_thread(httpx.get, link)).status_code == 404
    await connection.close()


async def test_a_license_that_changes_while_it_is_read_is_no_departed_one(city: City) -> None:
    item = await issued(city)
    url = city.settings.database.url or city.world.postgres.replace("/departments", "/yici")

    async def change() -> None:
        held = item
        async with desk(city) as client:
            for change in [Change.SUSPEND, Change.RESUME] * 15:
                held = await client.change(PERMIT, held, change, "核查")

    async with pool(url, 3) as connections, connections.acquire() as one, connections.acquire() as other:
        look = lookup.Lookup(connections, 10.0)
        changing, seen = asyncio.create_task(change()), set()
        while not changing.done():
            found: Any = await look.find("identifier", item.identifier, date(2026, 6, 1))
            seen.add(found.state)
            assert await get_license(one, item.identifier)
            async with other.transaction():
                assert await get_license(other, item.identifier, lock=True)
        await changing
    assert seen == {LicenseState.VALID, LicenseState.SUSPENDED}
