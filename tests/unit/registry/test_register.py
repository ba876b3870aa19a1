"""Tests of the registers' copy: changes apply at once, and a lost connection means doubt."""

import asyncio
import time
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from keys.notes import NoteSigner
from registry.database import Database
from registry.errors import RuleError
from registry.loading import load
from registry.register import Register
from registry.register_files import RegisterFiles
from registry.register_watch import RegisterWatch
from registry.registrar import Registrar
from tests.support.ledgers import appender
from tests.support.registers import files, grant

__all__ = ["files"]


async def test_a_change_that_cannot_be_read_soon_ends_all_answers_until_it_is(
    url: str, note_signer: NoteSigner, files: list[Path]
) -> None:
    seen: list[Register | None] = []

    async def changed(register: Register | None) -> None:
        seen.append(register)

    database = Database(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    await load(files, registrar)
    await registrar.add_grants([grant()])
    watch = RegisterWatch(url, changed)
    await watch.open()
    following = asyncio.create_task(watch.follow())
    assert seen[-1] is not None
    assert seen[-1].grants
    locker = await asyncpg.connect(url)
    async with locker.transaction():
        await locker.execute("LOCK TABLE matter IN ACCESS EXCLUSIVE MODE")
        async with database.transaction() as connection:
            await connection.execute(text("NOTIFY yici_register"))  # everything is read, matters too
        await registrar.revoke_grant("g", "misused")
        await asyncio.sleep(1.5)
        assert seen[-1] is None
    await asyncio.sleep(0.5)
    assert seen[-1] is not None
    assert not seen[-1].grants
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await locker.close()
    await database.close()


def test_an_item_that_is_twice_in_a_file_is_a_fault(tmp_path: Path) -> None:
    item = '{uscc: "113205000000140333", name: 某局, region: "320500"}'
    (tmp_path / "a.yaml").write_text(f"agencies: [{item}, {item}]")
    files = RegisterFiles()
    files.read(tmp_path / "a.yaml")
    with pytest.raises(RuleError, match="is there twice"):
        files.faults.raise_any()


def test_twenty_thousand_items_are_read_in_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    item = {"agency": "113205000000140333", "name": "系统", "duty": "request"}
    many = {"systems": [{"id": f"s{number}", **item} for number in range(20_000)]}
    monkeypatch.setattr("registry.register_files.load_yaml", lambda _: many)
    files, begun = RegisterFiles(), time.process_time()
    files.read(tmp_path / "a.yaml")
    assert len(files.items) == len(many["systems"])
    assert time.process_time() - begun < 10
