"""Search for entries by pages, newest first.

By agency, dataset, matter, decision and time for auditors; by officer, case and subject for permitted auditors.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson

from keys.encoding import canonical_json
from keys.leaf.commitments import opens
from keys.leaf.reading import LeafContent, read_leaf
from registry.errors import DepartedError, RuleError
from registry.ledger.leaf import Opening
from registry.names import normal

MAX_PAGE = 1000
DECISIONS = ("permit", "deny", "fail")
MAX_VALUE = 200
"""The most characters of a criterion that the opening of a search has."""
_MAX_INDEX = 2**63 - 2


@dataclass(frozen=True, slots=True)
class Filter:
    """Search criteria, empty for any; ``pseudonym`` is the subject's, ``before`` an index for paging.

    Raises:
        RuleError: no entry can have this decision, so the empty result would be misleading.
    """

    agency: str = ""
    dataset: str = ""
    matter: str = ""
    decision: str = ""
    officer: str = ""
    case: str = ""
    pseudonym: bytes = b""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    def __post_init__(self) -> None:
        if self.decision not in ("", *DECISIONS):
            raise RuleError("decision", f"must be one of {', '.join(DECISIONS)}")

    def opened_with(self, reason: str) -> str:
        """Return the request of a search for its opening: reason and filter as canonical JSON.

        A subject is not in it, since openings have it apart.
        """
        wanted: dict[str, str | int] = {}
        for name in ("agency", "dataset", "matter", "decision", "officer", "case"):
            if value := getattr(self, name):
                wanted[name] = value[:MAX_VALUE]
        for name, at in (("since", self.since), ("until", self.until)):
            if at is not None:
                wanted[name] = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self.before is not None:
            wanted["before"] = self.before
        return canonical_json({"filter": wanted, "reason": reason}).decode()


@dataclass(frozen=True, slots=True)
class Found:
    """An entry with its index, its leaf (bytes), and its opening unless that is erased or was not read."""

    index: int
    data: bytes
    opening: Opening | None

    @property
    def leaf(self) -> LeafContent:
        """Parse the leaf.

        Raises:
            KeysError: as ``read_leaf``.
        """
        return read_leaf(self.data)


async def search(
    connection: asyncpg.Connection, wanted: Filter, limit: int = 100, *, opened: bool = True
) -> list[Found]:
    """Return entries that match all criteria, newest first; ``limit`` is at most 1001.

    Raises:
        DepartedError: they are ``opened``, and the values of one are not those that its leaf commits to.
    """
    conditions: list[str] = []
    values: list[Any] = []

    def require(condition: str, value: Any) -> None:
        values.append(value)
        conditions.append(condition.replace("?", f"${len(values)}"))

    for column in ("agency", "dataset", "matter", "decision"):
        if value := getattr(wanted, column):
            require(f"e.{column} = ?", value)
    if wanted.officer:
        require("o.officer = ANY(?::text[])", await _spellings(connection, wanted.officer))
    if wanted.case:
        require("o.case_number = ?", wanted.case)
    if wanted.pseudonym:
        require("e.index IN (SELECT s.index FROM ledger_subject s WHERE s.pseudonym = ?)", wanted.pseudonym)
    if wanted.since:
        require("e.at >= ?", wanted.since)
    if wanted.until:
        require("e.at < ?", wanted.until)
    if wanted.before is not None:
        require("e.index < ?", wanted.before)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = await connection.fetch(
        "SELECT e.index, e.leaf, o.salts, o.subject, o.officer, o.case_number, o.request "
        f"FROM ledger_entry e LEFT JOIN ledger_opening o ON o.index = e.index {where} "
        f"ORDER BY e.index DESC LIMIT {min(max(limit, 1), MAX_PAGE + 1)}",
        *values,
    )
    return [_found(row, opened=opened) for row in rows]


async def _spellings(connection: asyncpg.Connection, officer: str) -> list[str]:
    """Return the spellings on record of an officer's name, by one index look-up for each distinct one."""
    rows = await connection.fetch(
        "WITH RECURSIVE known(name) AS (SELECT min(officer) FROM ledger_opening UNION ALL "
        "SELECT (SELECT min(officer) FROM ledger_opening WHERE officer > known.name) FROM known "
        "WHERE known.name IS NOT NULL) SELECT name FROM known WHERE name IS NOT NULL"
    )
    wanted = normal(officer)
    return [row["name"] for row in rows if normal(row["name"]) == wanted]


async def entry(connection: asyncpg.Connection, index: int, *, opened: bool = True) -> Found | None:
    """Return one entry by its index, or None.

    Raises:
        DepartedError: as ``search``.
    """
    if not 0 <= index <= _MAX_INDEX:
        return None
    found = await search(connection, Filter(before=index + 1), limit=1, opened=opened)
    return found[0] if found and found[0].index == index else None


async def subjects_of(connection: asyncpg.Connection, index: int) -> tuple[bytes, ...]:
    """Return the pseudonyms of the subjects of an entry."""
    rows = await connection.fetch("SELECT pseudonym FROM ledger_subject WHERE index = $1 ORDER BY pseudonym", index)
    return tuple(row["pseudonym"] for row in rows)


def _found(row: asyncpg.Record, *, opened: bool) -> Found:
    if not opened or row["salts"] is None:
        return Found(row["index"], row["leaf"], None)
    opening = Opening(row["subject"], row["officer"], row["case_number"], row["request"])
    try:
        as_recorded = opens(orjson.loads(row["leaf"]), row["salts"], opening)
    except (ValueError, AttributeError):  # a leaf that is no JSON object opens nothing
        as_recorded = False
    if not as_recorded:
        raise DepartedError(f"entry {row['index']}")
    return Found(row["index"], row["leaf"], opening)
