"""Tests of publishing: the published checkpoint never gets smaller, also after restarts."""

from pathlib import Path

import pytest

from exchange.node.checkpoints import Checkpoints
from keys.notes import NoteSigner
from registry.connection import connect
from registry.errors import LedgerDoubtError
from registry.ledger.append import read_head
from registry.ledger.publishing import size_of
from tests.support.ledgers import appender, entry, ledger, put_back


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_log_that_was_put_back_is_not_given_out(
    url: str, note_signer: NoteSigner, tmp_path: Path, *, restarted: bool
) -> None:
    connection, known = await connect(url), [note_signer.key]
    pages = Checkpoints(tmp_path / "checkpoint")
    assert await pages.current(connection, known) == ""
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record_all([entry(number) for number in range(5)])
    earlier = await read_head(connection)
    async with connection.transaction():
        await appender(note_signer, tmp_path).record(connection, [entry(number) for number in range(3)])
    assert size_of(await pages.current(connection, known)) == 8  # before any writer published it
    assert size_of((tmp_path / "checkpoint").read_text()) == 8
    await put_back(url, earlier)
    if restarted:
        pages = Checkpoints(tmp_path / "checkpoint")
    for _ in range(2):
        with pytest.raises(LedgerDoubtError, match="at size 8"):
            await pages.current(connection, known)
    await connection.close()
