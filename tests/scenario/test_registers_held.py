"""The registers are held to the ledger: a row that is edited, added or removed by SQL is named."""

import asyncio
from typing import Any

import asyncpg

from exchange.demo.city import City
from registry.conformity import _departures, _gather, compare_registers
from registry.content import REGISTERS
from registry.derived import derived_departures
from tests.scenario.test_row_digests import act
from tests.support.admin import gathered
from tests.support.departing import code, database, yici_command
from tests.support.permits import PERMIT, desk, issued, status_list

CHANGES = {
    "agency": "UPDATE agency SET name = name || '局' WHERE uscc = $1",
    "system": "UPDATE system SET duty = 'audit' WHERE id = $1",
    "person": "UPDATE person SET duties = array_append(duties, 'approve') WHERE id = $1",
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
} | gathered("CHANGES")
UNHELD = {
    "license.entry": "is the index of the entry itself",
    "license.receipt": "proves the entry itself",
    "license_event.salt": "belongs to the row's digest: with another one, the license departs",
    "register_entry.salt": "belongs to the row's digest: with another one, the row departs",
    "status_list.used": "a higher number leaves places unused; a lower one is named",
    "status_list.changes": "a higher number makes the list be published again; a lower one is named",
} | gathered("UNHELD")
"""Columns of registers that no entry can hold, and why."""
MADE = {
    "license_event": "index DESC",
    "license_holder": "identifier",
    "register_entry": "index DESC",
    "status_list": "(SELECT count(*) FROM license l WHERE l.status_list = list) DESC",
    "status_publication": "issued_at DESC",
} | gathered("MADE")
"""Tables made of registers and leaves, and by what the row to edit comes first."""
PARTS = {"document_delivery": "document", "document_file": "document"}
"""Tables whose rows are parts of a register's rows."""
OTHER = {
    "bool": "NOT coalesce({0}, false)", "bytea": "'x'::bytea || coalesce({0}, '')", "date": "coalesce({0}, current_date) + 1",
    "timestamptz": "coalesce({0}, now()) + interval '1 day'", "jsonb": "coalesce({0}, '{{}}') || '{{\"edited\": 1}}'",
    "_varchar": "array_append({0}, 'x')", "_text": "array_append({0}, 'x')", "varchar": "'~' || substr(coalesce({0}, ''), 2)",
    "text": "'~' || substr(coalesce({0}, ''), 2)", "int2": "coalesce({0}, 0) + 1000", "int4": "coalesce({0}, 0) + 1000",
    "int8": "coalesce({0}, 0) + 1000", "numeric": "coalesce({0}, 0) + 1000",
} | gathered("PARTS")  # fmt: skip
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
    "status-list\t": "UPDATE status_list SET secret = sha256(secret)",
    "status-list ": "UPDATE status_publication SET jwt = 'x.' || jwt",
    "status-list  ": "UPDATE status_list SET changes = changes - 1 WHERE list IN (SELECT list FROM status_publication)",
}


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
        if register == "person":
            other = "UPDATE more SET id = 'x', number = 'x'"
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
