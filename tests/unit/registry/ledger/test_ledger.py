"""Tests of promises 1 and 6: entries are permanent, in one log, and proven by their batch."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import orjson
import pytest

from keys.leaf.commitments import commit_to_row, opens
from keys.leaf.facts import RegisterFacts
from keys.notes import Checkpoint, NoteSigner, open_checkpoint
from keys.receipt import Receipt
from keys.suites import SUITES
from registry.connection import connect
from registry.content import row_of
from registry.errors import DepartedError, LedgerDoubtError, LedgerError
from registry.ledger import partitions, rows
from registry.ledger.group_commit import Ledger
from registry.ledger.leaf import Entry, Opening, make_draft
from registry.ledger.search import Filter, search
from registry.ledger.tree import TreeReader
from registry.ledger.verify import verify_ledger
from tests.support.consistency import verify_consistency
from tests.support.ledgers import PSEUDONYMS, entry, facts, ledger, put_back


async def test_every_entry_has_a_receipt_that_proves_it(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        receipts = [await log.record(entry(0))]
        for batch in (1, 2, 3, 255, 300, 600):
            receipts += await log.record_all([entry(number) for number in range(batch)])
    indexes = []
    for text in receipts:
        receipt = Receipt.parse(text)
        receipt.verify([note_signer.key])
        indexes.append(receipt.index)
    assert sorted(indexes) == list(range(1162))
    assert (await verify_ledger(url, [note_signer.key])).clean


async def test_old_entries_are_proven_from_tiles_and_the_tail(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record_all([entry(number) for number in range(700)])
        early = open_checkpoint(log.head.checkpoint, [note_signer.key])
        await log.record_all([entry(number) for number in range(800)])
        late = open_checkpoint(log.head.checkpoint, [note_signer.key])
    connection = await connect(url)
    for index in (0, 255, 256, 511, 700, 1279, 1280, 1499):
        Receipt.parse(await TreeReader(connection).receipt(index)).verify([note_signer.key])
    proof = await TreeReader(connection).consistency(early.size, late.size)
    verify_consistency(early.size, late.size, early.root, late.root, proof)
    await connection.close()


async def test_a_leaf_holds_nothing_personal(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        leaf = Receipt.parse(await log.record(entry(1234567))).leaf
    for personal in (b"1234567", b"officer_name", b"case-1234567"):
        assert personal not in leaf
    connection = await connect(url)
    found = await search(connection, Filter(pseudonym=PSEUDONYMS.of("citizen_id:1234567")))
    assert [item.opening and item.opening.case for item in found] == ["case-1234567"]
    assert (
        await search(
            connection,
            Filter(
                officer="officer",
                case="case-1234567",
                agency="113205000000140157",
                dataset="d",
                matter="m",
                decision="permit",
            ),
        )
    )[0].index == 0
    assert (await search(connection, Filter(officer="Offi\u200bcer ", case="case-1234567")))[0].index == 0
    assert not await search(connection, Filter(officer="other"))
    assert not await search(connection, Filter(case="other"))
    await connection.execute("DELETE FROM ledger_opening")
    await connection.close()
    verified = await verify_ledger(url, [note_signer.key])
    assert (verified.clean, verified.erased) == (True, 1)  # erased openings leave the tree whole, and are counted


async def test_several_workers_write_one_log(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with ledger(url, note_signer, tmp_path) as one, ledger(url, note_signer, tmp_path) as two:
        work = [log.record(entry(number)) for number in range(400) for log in (one, two)]
        receipts = [Receipt.parse(text) for text in await asyncio.gather(*work)]
    assert sorted(receipt.index for receipt in receipts) == list(range(800))
    assert (await verify_ledger(url, [note_signer.key])).clean


async def test_a_running_writer_does_not_sign_upon_a_log_that_went_back(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record(entry(1))
        connection = await connect(url)
        await connection.execute(
            "DELETE FROM ledger_entry; UPDATE ledger_head SET size = 0, frontier = '', checkpoint = ''"
        )
        await connection.close()
        with pytest.raises(LedgerDoubtError, match="behind what was seen here"):
            await log.record(entry(2))


async def test_a_signed_unpublished_checkpoint_survives_a_lost_database(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record(entry(0))
        earlier = log.head
        await log.record_all([entry(1), entry(2)])  # within a second of the first: not published
        await put_back(url, earlier)
        connection = await connect(url)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for _ in range(3):
            with pytest.raises(LedgerError):
                await log.record(entry(9))
        with pytest.raises(LedgerDoubtError, match="signed at size 3"):
            await log.record(entry(9))
        assert await connection.fetchval("SELECT count(*) FROM ledger_entry") == 1
        await connection.close()


async def test_a_rotated_key_keeps_old_receipts_valid(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    fresh = NoteSigner(note_signer.key.name, SUITES["EdDSA"].generate())
    known = [fresh.key, note_signer.key]

    async with ledger(url, note_signer, tmp_path) as log:
        old = await log.record(entry(1))
    for signers in ([fresh, note_signer], [fresh]):
        log = Ledger(url, signers, known, tmp_path / "checkpoint")
        await log.open()
        Receipt.parse(await log.record(entry(2))).verify([fresh.key])
        await log.close()
    Receipt.parse(old).verify(known)
    assert (await verify_ledger(url, known)).size == 3


class Breaking:
    """Break the writer's connection at the append statement, before or after its effect."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
        self._after = after
        self._armed = True
        self._original: Callable[..., Awaitable[object]] = asyncpg.Connection.fetchval

        async def fetchval(connection: asyncpg.Connection, query: str, *arguments: object) -> object:
            if query != rows._COMPARE_AND_SET or not self._armed:
                return await self._original(connection, query, *arguments)
            self._armed = False
            if self._after:
                await self._original(connection, query, *arguments)
            connection.terminate()
            raise asyncpg.ConnectionDoesNotExistError("broken by the test")

        monkeypatch.setattr(asyncpg.Connection, "fetchval", fetchval)


async def test_a_failed_commit_is_reported_and_leaves_nothing_in_the_log(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record(entry(0))
        Breaking(monkeypatch, after=False)
        with pytest.raises(LedgerError, match="not recorded"):
            await log.record(entry(1))
        Receipt.parse(await log.record(entry(2))).verify([note_signer.key])
    assert (await verify_ledger(url, [note_signer.key])).size == 2


async def test_a_commit_that_succeeded_as_the_connection_broke_is_found(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record(entry(0))
        Breaking(monkeypatch, after=True)
        receipt = Receipt.parse(await log.record(entry(1)))
        receipt.verify([note_signer.key])
        assert receipt.index == 1
    assert (await verify_ledger(url, [note_signer.key])).size == 2


async def test_a_new_partition_begins_where_the_old_one_ends(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "PARTITION", 256)

    async with ledger(url, note_signer, tmp_path) as log:
        for count in (250, 3, 3, 1, 600):
            await log.record_all([entry(number) for number in range(count)])
    connection = await connect(url)
    tables = await connection.fetchval("SELECT count(*) FROM pg_class WHERE relname ~ '^ledger_entry_[0-9]+$'")
    await connection.close()
    assert tables == 4
    assert (await verify_ledger(url, [note_signer.key])).size == 857


async def test_the_published_checkpoint_only_moves_on(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record(entry(1))
    assert Checkpoint.parse((tmp_path / "checkpoint").read_text().partition("\n\n")[0] + "\n").size == 1
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record_all([entry(number) for number in range(9)])
    assert Checkpoint.parse((tmp_path / "checkpoint").read_text().partition("\n\n")[0] + "\n").size == 10


async def test_a_nul_in_a_request_fails_no_batch(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        bad = Entry(entry(1).facts, Opening("citizen_id:1", "offi\x00cer", "c\x00", "ab"))
        receipts = await log.record_all([entry(0), bad, entry(2)])
        assert [Receipt.parse(text).index for text in receipts] == [0, 1, 2]
    assert (await verify_ledger(url, [note_signer.key])).clean


async def test_a_ledger_found_in_doubt_at_a_reconnect_stays_unsigned(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record_all([entry(number) for number in range(5)])
        connection = await connect(url)
        await connection.execute("UPDATE ledger_entry SET leaf = leaf || ' ', leaf_hash = sha256('x') WHERE index = 4")
        await connection.close()
        assert log._connection is not None
        log._connection.terminate()
        for _ in range(2):
            with pytest.raises(LedgerError):
                await log.record(entry(6))
        log.head = type(log.head)(0, (), "")  # nothing to publish
    assert (await verify_ledger(url, [note_signer.key])).size == 5


async def test_a_disk_that_cannot_publish_delays_no_receipt(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with ledger(url, note_signer, tmp_path / "here") as log:
        shutil.rmtree(tmp_path / "here")
        (tmp_path / "here").write_text("a file where the folder should be")
        receipts = await asyncio.gather(*[log.record(entry(number)) for number in range(20)])
        assert len(receipts) == 20


@pytest.mark.parametrize(
    "odd",
    [
        Entry({"kind": "verify"}),  # type: ignore[arg-type]  # untyped facts
        Entry(facts(kind="license.issue")),
        Entry(facts(matter="m" * 4096)),
        Entry(facts(), row=row_of("grant", {"id": "g", "revision": 1})),
    ],
)
def test_an_entry_outside_the_format_is_not_recorded(odd: Entry) -> None:
    with pytest.raises(LedgerError, match="leaf: "):
        make_draft(odd)


def test_the_row_of_a_person_is_salted_and_another_is_not() -> None:
    values = {"id": "1", "revision": 3, "state": "active"}
    changed = RegisterFacts("register.seal", "permit", "CHANGED", "1")
    for register, salt_bytes in (("seal", 16), ("grant", 0)):
        row = row_of(register, values)
        draft = make_draft(Entry(changed, row=row))
        assert (len(draft.salts), len(draft.row_salt)) == (64, salt_bytes)
        leaf = orjson.loads(draft.data)
        assert (leaf["version"], leaf["row_digest"]) == (3, commit_to_row(draft.row_salt, row.canonical))
        assert opens(leaf, draft.salts, ("", "", "", ""))
        assert not opens(leaf, draft.salts + b"x", ("", "", "", ""))


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE ledger_opening SET officer = 'another' WHERE index = 0",
        "UPDATE ledger_opening SET request = 'another' WHERE index = 0",
        "UPDATE ledger_opening SET salts = decode(repeat('00', 64), 'hex') WHERE index = 0",
        "UPDATE ledger_entry SET leaf = '[' WHERE index = 0",
    ],
)
async def test_opened_values_that_depart_from_their_leaf_are_not_returned(
    url: str, note_signer: NoteSigner, tmp_path: Path, edit: str
) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record_all([entry(0), entry(1)])
    connection = await connect(url)
    assert all(item.opening for item in await search(connection, Filter()))
    await connection.execute(edit)
    with pytest.raises(DepartedError, match="entry 0: what is on record is not as the ledger"):
        await search(connection, Filter())
    assert not any(item.opening for item in await search(connection, Filter(), opened=False))
    assert [item.index for item in await search(connection, Filter(), limit=1)] == [1]
    await connection.close()
