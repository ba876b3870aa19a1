"""Scenario tests of row digests: the entry of a change has the digest of the stored row."""

from typing import Any

import asyncpg

from exchange.demo.city import City
from keys.leaf.commitments import commit_to_row
from keys.leaf.facts import ActFacts, RegisterFacts
from registry.connection import connect
from registry.content import REGISTERS, Row, stored_rows
from registry.ledger.search import Filter, Found
from registry.licenses.states import Change
from registry.seals.kinds import SealKind
from registry.seals.states import SealChange
from tests.scenario.test_documents import recipient, sent
from tests.support.admin import MODULES, gathered
from tests.support.ask import found_in
from tests.support.permits import PERMIT, issued
from tests.support.permits import desk as permits
from tests.support.stamps import APPLY, APPROVE, WRITE, desk, made

EDITS = {
    "agency": "UPDATE agency SET name = name || '局'",
    "system": "UPDATE system SET state = 'suspended' WHERE state = 'active'",
    "person": "UPDATE person SET state = 'suspended' WHERE duties = '{audit}'",
    "certificate": "UPDATE certificate SET revoked_at = NULL, revoked_why = NULL WHERE revoked_at IS NOT NULL",
    "dataset": "UPDATE dataset SET body = jsonb_set(body, '{sharing}', '\"unconditional\"')",
    "matter": 'UPDATE matter SET body = body || \'{"agency": "113205000000140825"}\'',
    "license-type": "UPDATE license_type SET body = body || '{\"photo\": true}'",
    "grant": "UPDATE access_grant SET clear_fields = fields",
    "seal-rule": "UPDATE seal_rule SET state = 'revoked' WHERE state = 'active'",
    "seal": "UPDATE seal SET state = 'active' WHERE state = 'destroyed'",
    "license": "UPDATE license SET state = 'valid' WHERE state = 'suspended'",
    "code": "UPDATE license_code SET expires_at = expires_at + interval '1 day'",
    "document": "UPDATE document_delivery SET remark = '' WHERE remark <> ''",
} | gathered("EDITS")
"""What someone with the database in hand might do to each register."""


async def act(city: City) -> None:
    """Change rows of each register by acts of systems and persons."""
    for module in MODULES:
        if hasattr(module, "act"):
            await module.act(city)
    async with permits(city) as client:
        held = await client.change(PERMIT, await issued(city), Change.SUSPEND, "证件遗失")
        await client.annotate(PERMIT, held, "待核")
        await client.link(PERMIT, held.identifier, "归档")
        await issued(city)
    document = await sent(city)
    async with recipient(city) as client:
        await client.get(WRITE, document.id)
        await client.acknowledge(WRITE, document.id, "已阅")
    seal = await made(city, SealKind.ARCHIVE, "档案专用章")
    async with desk(city) as agency, city.seal_client("seal-authority") as authority:
        seal = await agency.hand_over(APPLY, seal, "钱保管", "岗位调整")
        await authority.change(APPROVE, seal, SealChange.DESTROY, "不再使用")
    await made(city, SealKind.ARCHIVE, "档案专用章")


async def all_rows(connection: asyncpg.Connection) -> dict[tuple[str, str], Row]:
    found = {}
    for register, table in REGISTERS.items():
        ids = [row[0] for row in await connection.fetch(f"SELECT DISTINCT {table.key} FROM {table.table}")]
        found |= {(register, item): row for item, row in (await stored_rows(connection, register, ids)).items()}
    return found


async def entries_of(city: City) -> list[Found]:
    """Return all entries of the city's ledger, newest first."""
    found: list[Found] = []
    while page := await found_in(city, Filter(before=found[-1].index if found else None), 1000):
        found += page
    return found


async def last_digests(
    connection: asyncpg.Connection, entries: list[Found], licenses: dict[str, str]
) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return, by register and id, version and digest of the last entry, and its salt."""
    found: dict[tuple[str, str], tuple[Any, ...]] = {}
    for entry in entries:
        facts = entry.leaf.facts
        if isinstance(facts, ActFacts | RegisterFacts) and facts.row_digest:
            family, _, name = facts.kind.partition(".")
            register = name if isinstance(facts, RegisterFacts) else family
            salt = await connection.fetchval(
                "SELECT salt FROM register_entry WHERE index = $1 UNION ALL SELECT salt FROM license_event WHERE index = $1",
                entry.index,
            )
            key = register, facts.object or licenses[facts.answer]
            found.setdefault(key, (facts.version, facts.row_digest, salt or b""))
    return found


async def test_each_unchanged_row_has_the_digest_of_its_last_entry(city: City) -> None:
    await act(city)
    connection = await connect(city.settings.database.url or city.world.postgres.replace("/departments", "/yici"))
    await connection.execute("SET TimeZone = 'Asia/Shanghai'")  # a session's offset is no part of a row
    licenses = {row[0]: row[1] for row in await connection.fetch("SELECT digest, identifier FROM license")}
    digests = await last_digests(connection, await entries_of(city), licenses)
    rows = await all_rows(connection)
    assert {register for register, _ in rows} >= set(REGISTERS) - {"ledger-key"}
    assert digests.keys() == rows.keys()
    for key, row in rows.items():
        version, digest, salt = digests[key]
        assert (version, len(salt)) == (row.version, 16 if row.personal else 0), key
        assert digest == commit_to_row(salt, row.canonical), key
        if row.personal:
            assert digest != commit_to_row(b"", row.canonical)
    for register, edit in EDITS.items():
        behind = connection.transaction()
        await behind.start()
        await connection.execute(edit)
        edited = await all_rows(connection)
        assert {
            key[0] for key, row in edited.items() if digests[key][1] != commit_to_row(digests[key][2], row.canonical)
        } == {register}
        await behind.rollback()
    await connection.close()
