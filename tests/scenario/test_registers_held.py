"""The registers are held to the ledger: a row changed behind it is named, and gives no access."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from prometheus_client import REGISTRY

from exchange.client import ExchangeError
from exchange.demo.city import City
from exchange.licensing import lookup
from exchange.node.conformity import keep_comparing
from keys.statuslist import Status
from registry.conformity import _departures, _gather, compare_registers
from registry.connection import connect, pool
from registry.content import REGISTERS
from registry.derived import derived_departures
from registry.errors import DepartedError
from registry.licenses import rows
from registry.licenses.listed import states
from registry.licenses.records import get_license
from registry.licenses.states import Change, LicenseState
from registry.register import read_register
from registry.seals.kinds import SealKind
from registry.seals.records import destroyed_keys, locked_seal
from registry.seals.states import SealChange
from tests.conftest import OpenCity
from tests.scenario.test_row_digests import act
from tests.support.ask import IS_NAME, holds
from tests.support.papers import SENDER, recipient, sender, sent
from tests.support.permits import PERMIT, SETTLE, desk, issued, status_list
from tests.support.stamps import APPLY, APPROVE, MAKE, WRITE, maker
from tests.support.stamps import desk as seal_desk

YICI = Path(sys.executable).parent / "yici"
CHANGES = {
    "agency": "UPDATE agency SET name = name || '局' WHERE uscc = $1",
    "system": "UPDATE system SET duty = 'audit' WHERE id = $1",
    "certificate": "UPDATE certificate SET not_after = not_after + interval '9 years' WHERE fingerprint = $1",
    "ledger-key": "UPDATE ledger_key SET state = 'revoked' WHERE key_name = $1",
    "dataset": "UPDATE dataset SET body = jsonb_set(body, '{sharing}', '\"withheld\"') WHERE id = $1 AND version = 1",
    "matter": 'UPDATE matter SET body = body || \'{"name": ""}\' WHERE id = $1 AND version = 1',
    "license-type": "UPDATE license_type SET body = body || '{\"photo\": 1.5}' WHERE id = $1 AND version = 1",
    "grant": "UPDATE access_grant SET valid_to = valid_to + interval '1 day' WHERE id = $1",
    "seal-rule": "UPDATE seal_rule SET body = body || '{\"officers\": []}', state = 'revoked' WHERE id = $1",
    "seal": "UPDATE seal SET custodian = custodian || '某' WHERE id = $1",
    "license": 'UPDATE license SET fields = fields || \'{"address": "别处"}\' WHERE identifier = $1',
    "code": "UPDATE license_code SET expires_at = expires_at + interval '1 day' WHERE digest = $1",
    "document": "UPDATE document SET title = title || '（修改）' WHERE id = $1",
}
UNHELD = {
    "license.entry": "is the index of the entry itself",
    "license.receipt": "proves the entry itself",
    "license_event.salt": "belongs to the row's digest: with another one, the license departs",
    "register_entry.salt": "belongs to the row's digest: with another one, the row departs",
    "status_list.used": "a higher number leaves places unused; a lower one is named",
    "status_list.changes": "a higher number makes the list be published again; a lower one is named",
    "status_list.secret": "decides places to come; those in use are in the licenses",
}
"""Columns of registers that no entry can hold, and why."""
MADE = {
    "license_event": "index DESC",
    "license_holder": "identifier",
    "register_entry": "index DESC",
    "status_list": "(SELECT count(*) FROM license l WHERE l.status_list = list) DESC",
    "status_publication": "issued_at DESC",
}
"""Tables made of registers and leaves, and by what the row to edit comes first."""
PARTS = {"document_delivery": "document", "document_file": "document"}
"""Tables whose rows are parts of a register's rows."""
OTHER = {
    "bool": "NOT coalesce({0}, false)", "bytea": "'x'::bytea || coalesce({0}, '')", "date": "coalesce({0}, current_date) + 1",
    "timestamptz": "coalesce({0}, now()) + interval '1 day'", "jsonb": "coalesce({0}, '{{}}') || '{{\"edited\": 1}}'",
    "_varchar": "array_append({0}, 'x')", "_text": "array_append({0}, 'x')", "varchar": "'~' || substr(coalesce({0}, ''), 2)",
    "text": "'~' || substr(coalesce({0}, ''), 2)", "int2": "coalesce({0}, 0) + 1000", "int4": "coalesce({0}, 0) + 1000",
    "int8": "coalesce({0}, 0) + 1000", "numeric": "coalesce({0}, 0) + 1000",
}  # fmt: skip
"""Another value of a column, by its type."""
DERIVED = {
    "document": "UPDATE document_file SET data = data || 'x'::bytea",
    "license": "UPDATE license SET envelope = 'x' || envelope",
    "license ": "UPDATE license SET envelope = envelope || 'x'",
    "license  ": "UPDATE license SET photo = photo || 'x'::bytea",
    "license-holder": "DELETE FROM license_holder",
    "license-event": "UPDATE license_event SET revision = revision + 1",
    "register-entry": "DELETE FROM register_entry",
    "status-list": "UPDATE status_list SET used = 0",
    "status-list ": "UPDATE status_publication SET jwt = 'x.' || jwt",
    "status-list  ": "UPDATE status_list SET changes = changes - 1 WHERE list IN (SELECT list FROM status_publication)",
}


async def database(city: City) -> asyncpg.Connection:
    return await connect(city.settings.database.url or city.world.postgres.replace("/departments", "/yici"))


async def departing(connection: asyncpg.Connection, *edits: tuple[Any, ...]) -> set[tuple[str, str, str]]:
    """What departs after edits, which are undone: register, how, and whether the entry is told."""
    behind = connection.transaction()
    await behind.start()
    await connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
    for edit in edits:
        assert (await connection.execute(*edit)).split()[-1] != "0", edit
    found = await compare_registers(connection)
    assert found.departed == len(found.named)
    await behind.rollback()
    return {(item.register, item.change.value, "entry" if item.entry is not None else "") for item in found.named}


async def test_a_row_changed_added_or_removed_in_any_register_is_named(city: City) -> None:
    await act(city)
    await code(city)
    await asyncio.to_thread(yici_command, city, "keys", "rotate-ledger")
    await asyncio.to_thread(status_list, (await issued(city)).envelope)
    connection = await database(city)
    await connection.execute("SET TimeZone = 'Asia/Shanghai'")
    assert await departing(connection) == set()
    for register, table in REGISTERS.items():
        key = f"(SELECT {table.key} FROM {table.table} ORDER BY {table.version}, 1 LIMIT 1)"
        one = await connection.fetchval(f"SELECT {table.key} FROM {table.table} ORDER BY {table.version}, 1 LIMIT 1")
        assert (register, "changed", "entry") in await departing(connection, (CHANGES[register], one)), register
        removed = await departing(connection, (f"DELETE FROM {table.table} WHERE {table.key} = {key}",))
        assert (register, "removed", "entry") in removed, register
        copy = f"CREATE TEMP TABLE more AS SELECT * FROM {table.table} WHERE {table.key} = {key} LIMIT 1"
        other = f"UPDATE more SET {table.key} = 'zz' || substr({table.key}, 3)"
        if register == "license":
            other = "UPDATE more SET identifier = 'x', digest = 'x', request = 'x', number = 'x', status_index = -1"
        if register == "document":
            other = "UPDATE more SET id = 'x', number = 'x'"
        added = await departing(connection, (copy,), (other,), (f"INSERT INTO {table.table} SELECT * FROM more",))
        assert (register, "added", "") in added, register
    for register, edit in DERIVED.items():
        assert register.strip() in {item[0] for item in await departing(connection, (edit,))}, edit
    assert await departing(connection) == set()
    await connection.close()


async def columns_of(connection: asyncpg.Connection) -> list[tuple[str, str, str, str]]:
    """Return register, table, column and type of each column of the registers, and of their rows' parts."""
    tables = {item.table: item.register for item in REGISTERS.values()} | PARTS
    return [(tables[row[0]], *row) for row in await columns_in(connection, list(tables))]


async def columns_in(connection: asyncpg.Connection, tables: list[str]) -> list[tuple[str, str, str]]:
    """Return table, column and type of each column of tables."""
    rows = await connection.fetch(
        "SELECT table_name, column_name, udt_name FROM information_schema.columns "
        "WHERE table_name = ANY($1::text[]) ORDER BY table_name, ordinal_position",
        tables,
    )
    return [tuple(row) for row in rows]


async def test_an_edit_of_any_column_of_any_register_is_named(city: City) -> None:
    await act(city)
    await code(city)
    await asyncio.to_thread(yici_command, city, "keys", "rotate-ledger")
    connection = await database(city)
    columns = await columns_of(connection)
    assert {register for register, *_ in columns} == REGISTERS.keys()
    behind = connection.transaction()
    await behind.start()
    await connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
    await _gather(connection, lambda *_: None)
    unnamed = set()
    for register, table, column, kind in columns:
        edited = connection.transaction()
        await edited.start()
        one = f"(SELECT ctid FROM {table} ORDER BY 1 LIMIT 1)"
        edit = f"UPDATE {table} SET {column} = {OTHER[kind].format(column)} WHERE ctid = {one}"
        assert await connection.execute(edit) == "UPDATE 1", edit
        if not [item async for batch, _ in _departures(connection, register) for item in batch]:
            unnamed.add(f"{table}.{column}")
        await edited.rollback()
    await behind.rollback()
    await connection.close()
    assert unnamed == {name for name in UNHELD if name.startswith("license.")}


async def test_an_edit_of_any_column_of_a_derived_table_is_named(city: City) -> None:
    await act(city)
    await asyncio.to_thread(status_list, (await issued(city)).envelope)
    connection = await database(city)
    behind = connection.transaction()
    await behind.start()
    await connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
    await connection.execute("ALTER TABLE status_list ALTER list DROP IDENTITY")
    await _gather(connection, lambda *_: None)
    assert [item async for item in derived_departures(connection)] == []
    unnamed = set()
    for table, column, kind in await columns_in(connection, list(MADE)):
        edited = connection.transaction()
        await edited.start()
        one = f"(SELECT ctid FROM {table} ORDER BY {MADE[table]} LIMIT 1)"
        edit = f"UPDATE {table} SET {column} = {OTHER[kind].format(column)} WHERE ctid = {one}"
        assert await connection.execute(edit) == "UPDATE 1", edit
        if not [item async for item in derived_departures(connection)]:
            unnamed.add(f"{table}.{column}")
        await edited.rollback()
    await behind.rollback()
    await connection.close()
    assert unnamed == {name for name in UNHELD if not name.startswith("license.")}


async def test_an_erased_opening_leaves_its_row_held_to_the_ledger(city: City) -> None:
    connection = await database(city)
    async with desk(city) as client:
        held = await client.annotate(PERMIT, await issued(city), "核查")
        entries = "SELECT index FROM license_event WHERE identifier = $1"
        await connection.execute(f"DELETE FROM ledger_opening WHERE index IN ({entries})", held.identifier)
        assert (await client.get(PERMIT, held.identifier)).identifier == held.identifier
    assert await departing(connection) == set()
    edit = "UPDATE license SET flag = 'x' WHERE identifier = $1"
    assert await departing(connection, (edit, held.identifier)) == {("license", "changed", "entry")}
    salts = "UPDATE license_event SET salt = NULL WHERE identifier = $1", held.identifier
    assert ("license", "changed", "entry") in await departing(connection, salts)
    await connection.close()


async def test_an_erased_row_is_told_from_one_that_was_removed(city: City) -> None:
    connection = await database(city)
    item = (await issued(city)).identifier
    row = tuple((f"DELETE FROM {table} WHERE identifier = $1", item) for table in ("license_holder", "license"))
    salts = ("UPDATE license_event SET salt = NULL WHERE identifier = $1", item)
    openings = (
        "DELETE FROM ledger_opening WHERE index IN (SELECT index FROM license_event WHERE identifier = $1)", item
    )  # fmt: skip
    removed = ("license", "removed", "entry")
    assert removed in await departing(connection, *row)
    assert removed in await departing(connection, *row, salts)
    assert removed in await departing(connection, *row, openings)
    assert await departing(connection, *row, openings, salts) == set()
    assert (
        await departing(connection, *row, openings, ("DELETE FROM license_event WHERE identifier = $1", item)) == set()
    )
    behind = connection.transaction()
    await behind.start()
    await connection.execute("SET LOCAL session_replication_role = replica")
    for statement, value in (*row, openings, salts):
        await connection.execute(statement, value)
    assert (await compare_registers(connection)).erased == 1
    await behind.rollback()
    await connection.close()


async def code(city: City) -> str:
    """Where a license can be downloaded, once."""
    held = await issued(city)
    async with desk(city) as client:
        return f"http://127.0.0.1:{city.http_port}{await client.link(PERMIT, held.identifier, '办理入学')}"


async def refusal(work: Callable[[], Awaitable[Any]]) -> str:
    """The reason for which a call is refused, once the node has read what was changed."""
    reason = ""
    for _ in range(50):
        try:
            await work()
        except ExchangeError as error:
            reason = error.reason
            if reason == "LEDGER_DISAGREES":
                break
        await asyncio.sleep(0.1)
    return reason


async def refused_while(
    connection: asyncpg.Connection, work: Callable[[], Awaitable[Any]], edit: str, undo: str
) -> str:
    """Return why a call is refused during an edit; before and after it, the call is answered."""
    await work()
    await connection.execute("SET session_replication_role = DEFAULT")
    await connection.execute(edit)
    try:
        reason = await refusal(work)
    finally:
        await connection.execute(undo)
    await asyncio.sleep(1.0)
    await work()
    return reason


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
        ("UPDATE dataset SET body = body || '{\"name\": \"x\"}' WHERE id = 'identity.person'",
         "UPDATE dataset SET body = (SELECT body FROM kept) WHERE id = 'identity.person'"),
        ("UPDATE matter SET body = body || '{\"name\": \"x\"}' WHERE id = 'talent-settlement'",
         "UPDATE matter SET body = (SELECT matter FROM kept) WHERE id = 'talent-settlement'"),
    ],
    ids=["grant", "system", "agency", "certificate", "seal", "dataset", "matter"],
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


async def test_a_license_that_was_revoked_is_not_valid_by_an_edit(city: City) -> None:
    connection = await database(city)
    async with desk(city) as client:
        held = await client.change(PERMIT, await issued(city), Change.REVOKE, "骗取")
    event = "UPDATE license_event SET state = $2 WHERE identifier = $1 AND event = 'REVOKE'"
    await connection.execute(
        "UPDATE license SET state = 'valid', why = '', revision = 1 WHERE identifier = $1", held.identifier
    )
    await connection.execute(event, held.identifier, "valid")
    async with city.license_client("talent-settlement") as client:
        assert await refusal(lambda: client.state(SETTLE, identifier=held.identifier)) == "LEDGER_DISAGREES"
    with pytest.raises(httpx.HTTPStatusError, match="503"):
        await asyncio.to_thread(status_list, held.envelope)
    await connection.execute(
        "UPDATE license SET state = 'revoked', why = '骗取', revision = 2 WHERE identifier = $1", held.identifier
    )
    await connection.execute(event, held.identifier, "revoked")
    async with city.license_client("talent-settlement") as client:
        assert (await client.state(SETTLE, identifier=held.identifier)).state.value == "revoked"
    await connection.close()


async def published_after(city: City, item: str, *edits: str) -> dict[int, Status]:
    """The states of a license's list after edits of its rows, which are undone."""
    connection = await database(city)
    behind = connection.transaction()
    await behind.start()
    await connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
    number = await connection.fetchval("SELECT status_list FROM license WHERE identifier = $1", item)
    for edit in edits:
        assert (await connection.execute(f"{edit} WHERE identifier = $1", item)).split()[-1] != "0", edit
    try:
        return dict(await states(connection, number))
    finally:
        await behind.rollback()
        await connection.close()


@pytest.mark.parametrize(
    "edits",
    [
        ["UPDATE license SET state = 'valid'"],
        ["UPDATE license SET state = 'valid'", "UPDATE license_event SET state = 'valid', revision = 1"],
        ["UPDATE license SET state = 'expired'", "UPDATE license_event SET state = 'expired'"],
        ["UPDATE license SET status_list = status_list + 1000"],
        ["UPDATE license SET status_index = status_index + 1"],
        ["DELETE FROM license"],
    ],
    ids=["row", "row and event", "expired", "another list", "another place", "no row"],
)
async def test_no_edit_publishes_a_revoked_license_as_valid(city: City, edits: list[str]) -> None:
    async with desk(city) as client:
        held = await client.change(PERMIT, await issued(city), Change.REVOKE, "骗取")
        await client.annotate(PERMIT, held, "待核")
    assert Status.INVALID in (await published_after(city, held.identifier)).values()
    with pytest.raises(DepartedError):
        await published_after(city, held.identifier, *edits)


async def test_an_event_of_a_change_cannot_be_edited_to_an_issue(city: City) -> None:
    async with desk(city) as client:
        held = await client.change(PERMIT, await issued(city), Change.REVOKE, "骗取")
    with pytest.raises(asyncpg.UniqueViolationError):
        await published_after(city, held.identifier, "UPDATE license_event SET event = 'ISSUED'")


async def test_no_edit_publishes_a_license_as_valid_that_was_not_activated(city: City) -> None:
    connection = await database(city)
    held = await issued(city)
    behind = connection.transaction()
    await behind.start()
    await connection.execute("UPDATE license_type SET body = body || '{\"activation\": true}'")
    number = await connection.fetchval("SELECT status_list FROM license WHERE identifier = $1", held.identifier)
    assert await states(connection, number)
    await connection.execute("UPDATE license SET changed_at = now() WHERE identifier = $1", held.identifier)
    with pytest.raises(DepartedError):
        await states(connection, number)
    await behind.rollback()
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


def yici_command(city: City, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the city's data folder."""
    command = [str(YICI), *words, "--data", str(city.data)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, "YICI_WHY": "年度核查"}
    )


def verified(city: City) -> tuple[int, dict[str, Any]]:
    """Return what ``yici ledger verify --registers --json`` ends with and prints."""
    found = yici_command(city, "ledger", "verify", "--registers", "--json")
    return found.returncode, json.loads(found.stdout)


async def test_the_command_health_and_metrics_tell_of_a_departed_row(city: City) -> None:
    connection = await database(city)
    entry = await connection.fetchval("SELECT max(index) FROM register_entry WHERE id = 'settlement-identity'")
    edit = "UPDATE access_grant SET daily_quota = coalesce(daily_quota, 0) + $1 WHERE id = 'settlement-identity'"
    before = await connection.fetchval("SELECT daily_quota FROM access_grant WHERE id = 'settlement-identity'")
    await connection.execute(edit, 1)
    try:
        code, said = await asyncio.to_thread(verified, city)
        assert (code, said["clean"], said["registers"]["departures"]) == (
            1, True, [{"register": "grant", "id": "settlement-identity", "change": "changed", "entry": entry}],
        )  # fmt: skip
        health = (await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{city.http_port}/health")).text
        assert "registers: degraded: not as the ledger records them: grant 1" in health
        metrics = (await asyncio.to_thread(httpx.get, f"http://127.0.0.1:{city.http_port}/metrics")).text
        assert 'yici_register_departed{register="grant"} 1.0' in metrics
    finally:
        undo = "UPDATE access_grant SET daily_quota = $1 WHERE id = 'settlement-identity'"
        await connection.execute(undo, before)
    code, said = await asyncio.to_thread(verified, city)
    assert (code, said["registers"]["departed"]) == (0, 0), said
    await connection.close()


async def test_a_node_compares_its_registers_again_and_again(city: City) -> None:
    connection = await database(city)
    url = city.settings.database.url or city.world.postgres.replace("/departments", "/yici")
    comparing = asyncio.create_task(keep_comparing(url, 0.1))

    async def told(number: float) -> None:
        async with asyncio.timeout(60):
            while REGISTRY.get_sample_value("yici_register_departed", {"register": "license"}) != number:
                await asyncio.sleep(0.1)

    await told(0.0)
    held = await issued(city)
    await connection.execute("UPDATE license SET number = number || 'x' WHERE identifier = $1", held.identifier)
    await told(1.0)
    await connection.execute("UPDATE license SET number = rtrim(number, 'x') WHERE identifier = $1", held.identifier)
    await told(0.0)
    comparing.cancel()
    await connection.close()


@pytest.mark.parametrize("reader", [rows, lookup], ids=["records", "lookup"])
async def test_a_license_that_changes_while_it_is_read_is_no_departed_one(
    city: City, monkeypatch: pytest.MonkeyPatch, reader: Any
) -> None:
    item = await issued(city)
    last_recorded, changes = reader.last_recorded, [Change.SUSPEND]

    async def late(connection: asyncpg.Connection, register: str, ids: list[str]) -> Any:
        """Change the license after its row is read, and before its entry is."""
        while changes:
            async with desk(city) as client:
                await client.change(PERMIT, item, changes.pop(), "核查")
        return await last_recorded(connection, register, ids)

    monkeypatch.setattr(reader, "last_recorded", late)
    url = city.settings.database.url or city.world.postgres.replace("/departments", "/yici")
    async with pool(url, 2) as connections:
        if reader is lookup:
            found: Any = await lookup.Lookup(connections, 10.0).find("identifier", item.identifier, date(2026, 6, 1))
        else:
            async with connections.acquire() as connection:
                found = await get_license(connection, item.identifier)
    assert found.state is LicenseState.SUSPENDED


@asynccontextmanager
async def in_thread(opened: AbstractContextManager[City]) -> AsyncIterator[City]:
    """Open and close a city in a thread, since it runs a loop of its own."""
    city = await asyncio.to_thread(opened.__enter__)
    try:
        yield city
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


async def until_health(city: City, holds: Callable[[str], bool]) -> None:
    """Wait until the node's health is as expected; for at most a minute."""
    async with asyncio.timeout(60), httpx.AsyncClient() as http:
        while True:
            health = (await http.get(f"http://127.0.0.1:{city.http_port}/health")).text
            if health.startswith("serving\n") and holds(health):
                return
            await asyncio.sleep(0.2)


async def test_a_running_node_finds_a_changed_license_by_itself(
    open_city: OpenCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YICI_REGISTERS__COMPARE_SECONDS", "0.2")
    async with in_thread(open_city(pages_per_second=100_000)) as city:
        held = await issued(city)
        connection = await database(city)
        edit = "UPDATE license SET envelope = reverse(envelope) WHERE identifier = $1"
        await until_health(city, lambda health: "registers:" not in health)
        await connection.execute(edit, held.identifier)
        departed = "registers: degraded: not as the ledger records them: license 1\n"
        await until_health(city, lambda health: departed in health)
        await connection.execute(edit, held.identifier)
        await until_health(city, lambda health: "registers:" not in health)
        await connection.close()
