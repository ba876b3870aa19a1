"""Tests of the appender: changes of registers are appended to the known log only."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from keys.leaf.facts import RegisterFacts
from keys.notes import NoteSigner
from keys.suites import SUITES
from registry.connection import connect
from registry.database import Database
from registry.errors import LedgerDoubtError, LedgerError, RuleError
from registry.ledger.append import read_head
from registry.ledger.appender import TransactionalAppender
from registry.ledger.consistency import read_published
from registry.ledger.leaf import Opening
from registry.ledger.publishing import publish
from registry.ledger.verify import verify_ledger
from registry.registrar import Registrar
from tests.support.ledgers import appender, entry, ledger, note, put_back

ANCHOR = RegisterFacts("register.seal-anchor", "permit", "TRUSTED", "n")


async def test_a_rolled_back_append_leaves_no_doubt(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    store = appender(note_signer, tmp_path)
    connection = await connect(url)
    part = connection.transaction()
    await part.start()
    await store.record(connection, [entry(number) for number in range(3)])
    await store.record(connection, [entry(number) for number in range(3)])
    await part.rollback()
    async with connection.transaction():
        assert (await store.record(connection, [entry(1)])).growth.start == 0
    await connection.close()
    assert (await verify_ledger(url, [note_signer.key])).size == 1


async def test_a_change_and_its_entry_are_one_transaction_or_nothing(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    connection = await connect(url)
    with pytest.raises(LedgerError, match="there is none"):
        await appender(note_signer, tmp_path).record(connection, [entry(1)])
    database = Database(url)
    registrar = Registrar(database, appender(note_signer, tmp_path), "tester")
    async with ledger(url, note_signer, tmp_path) as log:
        await asyncio.gather(*[log.record(entry(number)) for number in range(50)], _notes(registrar))
    with suppress(ZeroDivisionError):
        async with registrar.change():
            await note(registrar, ANCHOR, "rolled back")
            raise ZeroDivisionError
    await database.close()
    assert await connection.fetchval("SELECT count(*) FROM ledger_entry") == 60
    await connection.close()


async def _notes(registrar: Registrar) -> None:
    for number in range(10):
        await note(registrar, ANCHOR._replace(object=f"n{number}"), "beside a writing ledger")


async def test_a_head_that_a_retired_key_signed_is_built_upon(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    fresh = NoteSigner(note_signer.key.name, SUITES["EdDSA"].generate())

    connection = await connect(url)
    for signers in ([note_signer], [fresh]):
        async with connection.transaction():
            await TransactionalAppender(signers, [fresh.key, note_signer.key], tmp_path / "x").record(
                connection, [entry(1)]
            )
    with pytest.raises(LedgerDoubtError, match="no key that is trusted"):
        async with connection.transaction():
            await appender(note_signer, tmp_path).record(connection, [entry(1)])
    await connection.close()


async def test_a_log_put_back_while_an_office_is_open_is_not_built_upon(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    store = appender(note_signer, tmp_path)
    connection = await connect(url)
    async with connection.transaction():
        await store.record(connection, [entry(number) for number in range(20)])
    earlier = await read_head(connection)
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record_all([entry(number) for number in range(5)])
    await put_back(url, earlier)
    with pytest.raises(LedgerDoubtError, match=r"\(20\) is behind what was seen here \(25\)"):
        async with connection.transaction():
            await store.record(connection, [entry(1)])
    assert (await read_head(connection)) == earlier
    await connection.close()


@pytest.mark.parametrize(
    "change",
    ["UPDATE ledger_head SET frontier = sha256('x')", "UPDATE ledger_head SET size = size - 1",
     "UPDATE ledger_head SET checkpoint = replace(checkpoint, '2', '3')", "DELETE FROM ledger_head"],
)  # fmt: skip
async def test_no_head_is_built_upon_that_its_checkpoint_does_not_sign(
    url: str, note_signer: NoteSigner, tmp_path: Path, change: str
) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record_all([entry(number) for number in range(22)])
    connection = await connect(url)
    await connection.execute(change)
    with pytest.raises(LedgerDoubtError):
        async with connection.transaction():
            await appender(note_signer, tmp_path).record(connection, [entry(1)])
    assert await connection.fetchval("SELECT count(*) FROM ledger_entry") == 22
    await connection.close()


@pytest.mark.parametrize("left", [None, "", "\n"])
async def test_a_missing_checkpoint_over_a_filled_log_is_a_doubt(
    url: str, note_signer: NoteSigner, tmp_path: Path, left: str | None
) -> None:
    published = tmp_path / "checkpoint"

    async with ledger(url, note_signer, tmp_path) as log:
        await log.record_all([entry(number) for number in range(7)])
    published.unlink() if left is None else published.write_text(left)
    connection, store = await connect(url), appender(note_signer, tmp_path)
    with pytest.raises(LedgerDoubtError, match="missing, and the log has 7 entries"):
        async with connection.transaction():
            await store.record(connection, [entry(1)])
    with pytest.raises(LedgerDoubtError, match="missing, and the log has 7 entries"):
        async with ledger(url, note_signer, tmp_path):
            pass
    assert "missing" in (await verify_ledger(url, [note_signer.key], read_published(published))).wrong
    async with connection.transaction():
        appended = await store.accept(
            connection, Opening(officer="operator:a", request="the disk was replaced"), "login"
        )
    publish(published, appended.checkpoint)
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record(entry(8))
    found = await verify_ledger(url, [note_signer.key], read_published(published))
    assert (found.clean, found.size) == (True, 9)
    with pytest.raises(RuleError, match="nothing to accept"):
        async with connection.transaction():
            await store.accept(connection, Opening(officer="operator:a", request="again"), "login")
    await connection.close()


async def test_a_checkpoint_lost_while_an_office_is_open_is_a_doubt(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    connection, store = await connect(url), appender(note_signer, tmp_path)
    async with connection.transaction():
        await store.record(connection, [entry(1)])
    (tmp_path / "checkpoint").unlink()
    with pytest.raises(LedgerDoubtError, match="missing"):
        async with connection.transaction():
            await store.record(connection, [entry(2)])
    await connection.close()
