"""Ledgers for tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from keys.leaf.facts import QueryFacts, RegisterFacts
from keys.notes import NoteSigner
from registry.connection import connect
from registry.ledger.append import Head
from registry.ledger.appender import TransactionalAppender
from registry.ledger.group_commit import Ledger
from registry.ledger.leaf import Entry, Opening, Pseudonyms
from registry.registrar import Registrar

_OWN: dict[bytes, Path] = {}
PSEUDONYMS = Pseudonyms(b"k" * 32)


_ANSWERED = QueryFacts(
    "verify", "permit", "GRANTED", "113205000000140157", "desk", "113205000000140825", "d", ("name",), "m", 1, "l", 1,
    ("grant:g",), "ab" * 32, "cd" * 32,
)  # fmt: skip


def facts(**changed: Any) -> QueryFacts:
    """Return facts of an answer, with changes."""
    return _ANSWERED._replace(**changed)


def entry(number: int, **changed: str) -> Entry:
    """Return an entry about one citizen."""
    return Entry(
        facts(**changed),
        Opening(f"citizen_id:{number}", "officer", f"case-{number}", "ab"),
        (PSEUDONYMS.of(f"citizen_id:{number}"),),
    )


def appender(signer: NoteSigner, folder: Path | None = None) -> TransactionalAppender:
    """Return the appender of the ledger in ``folder``; without one, of a ledger for this key alone."""
    folder = folder or _OWN.setdefault(signer.key.key_id, Path(mkdtemp(prefix="yici-ledger-")))
    return TransactionalAppender([signer], [signer.key], folder / "checkpoint")


async def note(registrar: Registrar, said: RegisterFacts, why: str) -> None:
    """Record something that changes no row, in the registrar's transaction."""
    async with registrar.change() as (_, entries):
        entries.append(Entry(said, registrar.opening(why)))


async def put_back(url: str, head: Head) -> None:
    """Restore a database to the time of this head."""
    connection = await connect(url)
    for table in ("ledger_entry", "ledger_opening", "ledger_subject", "register_entry"):
        await connection.execute(f"DELETE FROM {table} WHERE index >= $1", head.size)
    await connection.execute(
        "UPDATE ledger_head SET size = $1, frontier = $2, checkpoint = $3",
        head.size, b"".join(head.frontier), head.checkpoint,
    )  # fmt: skip
    await connection.close()


@asynccontextmanager
async def ledger(url: str, signer: NoteSigner, folder: Path) -> AsyncIterator[Ledger]:
    """Open a ledger with one key, which publishes its checkpoint to the folder."""
    found = Ledger(url, [signer], [signer.key], folder / "checkpoint")
    await found.open()
    try:
        yield found
    finally:
        await found.close()
