"""Verification of one chunk of the ledger: entries, openings, subjects, and the tiles above them.

For each entry: the stored leaf hash is right, the search columns equal the leaf's facts, and the opening (unless
erased) and the subjects' pseudonyms match the leaf's commitments. Entries that are earlier than their predecessor are
reported.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import asyncpg
import orjson

from keys.errors import KeysError
from keys.leaf.commitments import commit_to_subjects, opens
from keys.leaf.reading import parse_leaf
from keys.merkle import Growth, fold
from registry.connection import connect
from registry.ledger.append import TILE
from registry.ledger.clock import explains

CHUNK = TILE * TILE
"""Entries in one unit of work: one tile of level 1."""

_NO_TIME, _MILLISECOND = timedelta(0), timedelta(milliseconds=1)
_FETCH = TILE * 2
"""Entries in one reading: few enough for the processor's cache."""
_SUBJECTS = CHUNK
"""Subjects per reading: one reading for a chunk of single queries, many for chunks of thousands."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """An error, and the index of its entry."""

    index: int
    what: str


@dataclass(frozen=True, slots=True)
class Step:
    """An entry before its predecessor, by how much, and whether an operator confirmed it."""

    index: int
    back: timedelta
    explained: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """The result: the root, the number of erased openings, backward steps of time, and the first error."""

    root: bytes = b""
    erased: int = 0
    steps: tuple[Step, ...] = ()
    wrong: Wrong | None = None


async def check_chunk(url: str, start: int, end: int) -> Chunk:
    """Verify the entries [start, end); ``start`` begins a tile of level 1."""
    connection = await connect(url)
    try:
        return await _Check(connection, start, end).run()
    finally:
        await connection.close()


class _Check:
    def __init__(self, connection: asyncpg.Connection, start: int, end: int) -> None:
        self._connection = connection
        self._start = start
        self._end = end
        self._hashes: list[bytes] = []
        self._roots: list[bytes] = []  # roots of the tiles above them
        self._stored: dict[int, tuple[bytes, bytes]] = {}
        self._subjects: list[tuple[int, str, str]] = []  # to check: index, commitments to subject and subjects
        self._count = 0
        self._erased = 0
        self._last: datetime | None = None  # the time of the previous entry
        self._steps: list[Step] = []

    async def run(self) -> Chunk:
        await self._read_tiles()
        await self._read_last()
        for begin in range(self._start, self._end, _FETCH):
            until = min(begin + _FETCH, self._end)
            wrong = await self._check_entries(begin, until)
            # An error of tiles is reported first, since it is before, or at, the entry of an error of entries.
            wrong = self._check_tiles() or wrong
            if wrong or until == self._end or self._count >= _SUBJECTS:
                wrong = await self._check_subjects(wrong.index if wrong else until) or wrong
            if wrong:
                return Chunk(wrong=wrong)
        full = len(self._roots) * TILE
        root = fold(Growth(full, Growth(0, (), self._roots).frontier, self._hashes[full:]).frontier)
        if len(self._roots) == TILE:
            row = await self._connection.fetchrow(
                "SELECT hashes, root FROM ledger_tile WHERE level = 1 AND number = $1", self._start // CHUNK
            )
            if row is None or tuple(row) != (b"".join(self._roots), root):
                what = "the tile of level 1 over the entries from here on is not the one over them"
                return Chunk(wrong=Wrong(self._start, what))
        return Chunk(root, self._erased, tuple(self._steps))

    async def _read_tiles(self) -> None:
        rows = await self._connection.fetch(
            "SELECT number, hashes, root FROM ledger_tile WHERE level = 0 AND number >= $1 AND number < $2",
            self._start // TILE, self._end // TILE,
        )  # fmt: skip
        self._stored = {number: (hashes, root) for number, hashes, root in rows}

    async def _read_last(self) -> None:
        """Read the time of the entry before the chunk, which is verified with its own chunk."""
        leaf = await self._connection.fetchval("SELECT leaf FROM ledger_entry WHERE index = $1", self._start - 1)
        with suppress(ValueError, TypeError, KeyError):
            self._last = datetime.fromisoformat(orjson.loads(leaf or b"")["at"])

    async def _check_entries(self, begin: int, until: int) -> Wrong | None:
        rows = await self._connection.fetch(
            "SELECT e.index, e.leaf, e.leaf_hash, e.at, e.agency, e.dataset, e.matter, e.decision, "
            "o.salts, o.subject, o.officer, o.case_number, o.request "
            "FROM ledger_entry e LEFT JOIN ledger_opening o ON o.index = e.index AND o.index >= $1 AND o.index < $2 "
            "WHERE e.index >= $1 AND e.index < $2 ORDER BY e.index",
            begin, until,
        )  # fmt: skip
        for expected, row in enumerate(rows, begin):
            index, leaf, stored, at, agency, dataset, matter, decision, salts, subject, officer, case, request = row
            if index != expected:
                return Wrong(expected, "the entry is missing")
            found = sha256(b"\x00" + leaf).digest()
            if found != stored:
                return Wrong(index, "the leaf was changed: it no longer has its hash")
            try:
                facts = parse_leaf(leaf)
                said = datetime.fromisoformat(facts["at"])
                late = at - said
                self._subjects.append((index, facts.get("subject", ""), facts.get("subjects_commitment", "")))
                self._count += facts.get("subjects", 1)
            except (KeysError, ValueError, TypeError, KeyError) as error:
                return Wrong(index, str(error) if isinstance(error, KeysError) else "the leaf cannot be read")
            if _columns(facts) != (agency, dataset, matter, decision) or not _NO_TIME <= late < _MILLISECOND:
                return Wrong(index, "the search columns do not say what the leaf says")
            if salts is None:
                self._erased += 1
            elif not opens(facts, salts, (subject, officer, case, request)):
                return Wrong(index, "the opened values are not those that the leaf commits to")
            if self._last and said < self._last:
                self._steps.append(Step(index, self._last - said, explains(facts, self._last)))
            self._last = said
            self._hashes.append(found)
        if begin + len(rows) != until:
            return Wrong(begin + len(rows), "the entry is missing")
        return None

    def _check_tiles(self) -> Wrong | None:
        """Check the unchecked full tiles against the hashes so far."""
        for at in range(len(self._roots), len(self._hashes) // TILE):
            number = self._start // TILE + at
            tile = self._hashes[at * TILE : (at + 1) * TILE]
            if number not in self._stored:
                return Wrong(number * TILE, "the tile over this entry is missing")
            data, root = self._stored[number]
            if data != b"".join(tile):
                wrong = next((at for at, found in enumerate(tile) if data[at * 32 : at * 32 + 32] != found), 0)
                return Wrong(number * TILE + wrong, "the entry is not the one that its tile holds")
            self._roots.append(fold(Growth(0, (), tile).frontier))
            if self._roots[-1] != root:
                return Wrong(number * TILE, "the root of the tile over this entry was changed")
        return None

    async def _check_subjects(self, until: int) -> Wrong | None:
        """Check the unchecked subjects of the entries before ``until``."""
        if not self._subjects:
            return None
        rows = await self._connection.fetch(
            "SELECT index, string_agg(pseudonym, '' ORDER BY pseudonym) FROM ledger_subject "
            "WHERE index >= $1 AND index < $2 GROUP BY index",
            self._subjects[0][0], until,
        )  # fmt: skip
        found = dict(rows)
        for index, subject, commitment in self._subjects:
            if index < until and commitment != commit_to_subjects(subject, found.get(index, b"")):
                return Wrong(index, "the subjects that it is listed for are not those that the leaf commits to")
        self._subjects.clear()
        self._count = 0
        return None


def _columns(leaf: dict[str, Any]) -> tuple[str, str, str, str]:
    return leaf.get("agency", ""), leaf.get("dataset", ""), leaf.get("matter", ""), leaf.get("decision", "")
