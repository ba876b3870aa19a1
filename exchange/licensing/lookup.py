"""Look-ups of license states, which share statements and read few columns."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import orjson

from adapters.coalesce import STATEMENT_PACE, Coalescer
from adapters.errors import SlowError, UnavailableError
from adapters.source import Fetched
from registry.connection import DATABASE_ERRORS
from registry.errors import DepartedError, StorageError
from registry.identifiers import SubjectKind
from registry.licenses.holders import HolderKind, subject_name
from registry.licenses.rows import CONTENT, is_recorded, select
from registry.licenses.states import LicenseState

_COLUMNS = ", ".join(f"l.{name}" for name in CONTENT)
_BY = {
    column: select(f"SELECT * FROM license WHERE {column} = ANY($1::text[])", _COLUMNS)
    for column in ("identifier", "digest")
}
"""The statements by column."""


@dataclass(frozen=True, slots=True)
class CurrentState:
    """The data of a license for a check; ``subjects`` are holders and identifier, ``kind:identifier``."""

    identifier: str
    digest: str
    type: str
    issuer: str
    state: LicenseState
    subjects: tuple[str, ...]


class Lookup:
    """Looks licenses up by identifier or digest."""

    def __init__(self, pool: asyncpg.Pool, seconds: float) -> None:
        self._pool = pool
        self._seconds = seconds
        self._coalescer = Coalescer(self._fetch_many, STATEMENT_PACE)

    async def find(self, column: str, value: str, today: date) -> CurrentState | None:
        """Return the license with a value in ``column`` (identifier or digest), or None.

        Raises:
            StorageError: the database does not answer.
            DepartedError: the license is not as the ledger records it.
        """
        try:
            found = await self._coalescer.fetch(SubjectKind.LICENSE_IDENTIFIER, [value], (column,), self._seconds)
        except (SlowError, UnavailableError) as error:
            raise StorageError("license register: no answer") from error
        rows: Any = found.records.get(value)  # what _fetch_many found, not text
        if not rows:
            return None
        row = rows[0]["row"]
        if not is_recorded(row):
            raise DepartedError("license")
        return _current_state(row, today)

    async def _fetch_many(self, _: SubjectKind, keys: Sequence[str], fields: Sequence[str]) -> Fetched:
        [column] = fields
        try:
            async with asyncio.timeout(self._seconds), self._pool.acquire() as connection:
                rows = await connection.fetch(_BY[column], list(keys))
        except TimeoutError as error:
            raise SlowError("the license register did not answer in time") from error
        except DATABASE_ERRORS as error:
            raise UnavailableError(f"the license register does not answer ({type(error).__name__})") from error
        found: dict[str, list[dict[str, Any]]] = {row[column]: [{"row": row}] for row in rows}
        return Fetched(found, datetime.now(UTC))


def _current_state(row: asyncpg.Record, today: date) -> CurrentState:
    state = LicenseState(row["state"])
    if state is LicenseState.VALID and today < row["valid_from"]:
        state = LicenseState.NOT_ACTIVATED
    if state is LicenseState.VALID and row["valid_to"] is not None and row["valid_to"] < today:
        state = LicenseState.EXPIRED
    holders = [(HolderKind(item["kind"]), item["code"]) for item in orjson.loads(row["holders"])]
    subjects = [subject_name(kind, code) for kind, code in holders]
    own = f"license_identifier:{row['identifier']}"
    return CurrentState(row["identifier"], row["digest"], row["type"], row["issuer"], state, (*subjects, own))
