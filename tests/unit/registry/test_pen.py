"""Whoever changes a register writes in the log that was there, or nowhere."""

import asyncio
from pathlib import Path

import pytest

from keys.notes import NoteSigner
from registry.connection import connect
from registry.errors import LedgerDoubtError
from registry.ledger.append import read_head
from registry.ledger.verify import verify_ledger
from tests.ledgers import entry, ledger, pen


def test_what_is_rolled_back_leaves_no_doubt(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async def run() -> None:
        office = pen(note_signer, tmp_path)
        connection = await connect(url)
        part = connection.transaction()
        await part.start()
        await office.record(connection, [entry(number) for number in range(3)])
        await office.record(connection, [entry(number) for number in range(3)])
        await part.rollback()
        async with connection.transaction():
            assert (await office.record(connection, [entry(1)])).growth.start == 0
        await connection.close()
        assert (await verify_ledger(url, [note_signer.key])).size == 1

    asyncio.run(run())


def test_a_log_put_back_while_an_office_is_open_is_not_built_upon(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async def run() -> None:
        office = pen(note_signer, tmp_path)
        connection = await connect(url)
        async with connection.transaction():
            await office.record(connection, [entry(number) for number in range(20)])
        earlier = await read_head(connection)
        async with ledger(url, note_signer, tmp_path) as log:
            await log.record_all([entry(number) for number in range(5)])
        await connection.execute(
            "DELETE FROM ledger_entry WHERE index >= 20; DELETE FROM ledger_opening WHERE index >= 20"
        )
        await connection.execute(
            "UPDATE ledger_head SET size = 20, frontier = $1, checkpoint = $2",
            b"".join(earlier.frontier), earlier.checkpoint,
        )  # fmt: skip
        with pytest.raises(LedgerDoubtError, match=r"\(20\) is behind what was seen here \(25\)"):
            async with connection.transaction():
                await office.record(connection, [entry(1)])
        assert (await read_head(connection)) == earlier
        await connection.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "change",
    ["UPDATE ledger_head SET frontier = sha256('x')", "UPDATE ledger_head SET size = size - 1",
     "UPDATE ledger_head SET checkpoint = replace(checkpoint, '2', '3')", "DELETE FROM ledger_head"],
)  # fmt: skip
def test_no_head_is_built_upon_that_its_checkpoint_does_not_sign(
    url: str, note_signer: NoteSigner, tmp_path: Path, change: str
) -> None:
    async def run() -> None:
        async with ledger(url, note_signer, tmp_path) as log:
            await log.record_all([entry(number) for number in range(22)])
        connection = await connect(url)
        await connection.execute(change)
        with pytest.raises(LedgerDoubtError):
            async with connection.transaction():
                await pen(note_signer, tmp_path).record(connection, [entry(1)])
        assert await connection.fetchval("SELECT count(*) FROM ledger_entry") == 22
        await connection.close()

    asyncio.run(run())
