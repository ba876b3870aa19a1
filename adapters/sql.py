"""Sources behind SQL: PostgreSQL, MariaDB/MySQL, SQLite, and any other dialect that SQLAlchemy knows by URL.

Concurrent lookups coalesce into one ``= ANY(…)`` (PostgreSQL) or ``IN (…)`` statement on a connection that the source
keeps: no pool check-out, no transaction, no reset between statements.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ARRAY, Select, String, any_, bindparam, func, literal_column, select

from adapters.coalesce import STATEMENT_PACE, Coalescer
from adapters.description import Description, Mapper
from adapters.errors import MalformedError, SourceError
from adapters.gathering import Gathered
from adapters.lines import Lines
from adapters.plain import plain
from adapters.sampling import Sample, sample_table
from adapters.schema import described_table, schema_misfits
from adapters.source import Fetched, Health
from registry.identifiers import SubjectKind

_KEYS_IN_STATEMENT = 5_000
_MARK_BYTES = 6
"""Of a digest, as a number that every database holds exactly."""


class SqlSource:
    """One table or view of a department's database."""

    def __init__(self, description: Description, url: str, statement_seconds: float = 30.0) -> None:
        """``statement_seconds`` bounds any one statement, whatever its callers can wait.

        Raises:
            SourceError: the URL is not one that SQLAlchemy understands.
        """
        self._lines = Lines(url, statement_seconds)
        self._description = description
        self._statements: dict[tuple[SubjectKind, tuple[str, ...]], tuple[_Lookup, Mapper]] = {}
        self._coalescer = Coalescer(self._fetch_many, STATEMENT_PACE, ends=self._lines.dialect.name == "postgresql")

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """See ``Source``."""
        return await self._coalescer.fetch(kind, keys, fields, seconds)

    async def health(self) -> Health:
        """See ``Source``."""
        try:
            misfits = await schema_misfits(self._lines, self._description)
        except SourceError as error:
            return Health(ready=False, detail=str(error))
        return Health(ready=not misfits, detail="; ".join(misfits), as_of=None if misfits else datetime.now(UTC))

    async def sample(self, count: int) -> Sample:
        """See ``Sampled``."""
        missing = await schema_misfits(self._lines, self._description)
        return await sample_table(self._lines, self._description, missing, count)

    async def close(self) -> None:
        """See ``Source``."""
        await self._coalescer.close()
        await self._lines.close()

    async def _fetch_many(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str]) -> Fetched:
        statement, mapper = self._statement(kind, tuple(fields))
        as_of = datetime.now(UTC)
        gathered = Gathered(mapper, single=self._description.single)
        wanted = set(keys)
        for at in range(0, len(keys), _KEYS_IN_STATEMENT):
            asked = list(keys[at : at + _KEYS_IN_STATEMENT])
            asked += [lower for key in asked if (lower := key.lower()) != key]  # many a register writes a small x
            for row in await self._rows(statement, {"keys": asked}):
                key = row[0] if row[0] in wanted else _canonical(row[0])
                if key not in wanted:
                    raise MalformedError("the source's database answered a row that was not asked for")
                gathered.add(key, row[1:-1])
        return gathered.fetched(as_of)

    async def _rows(self, lookup: "_Lookup", parameters: dict[str, Any]) -> Sequence[Any]:
        """The rows of a lookup, each of which says which statement it is of."""
        try:
            rows = await self._lines.execute(lookup.statement, parameters)
        except MalformedError as error:
            misfits = await schema_misfits(self._lines, self._description)
            raise MalformedError("; ".join(misfits) or str(error)) from error
        if any(row[-1] != lookup.mark for row in rows):
            raise MalformedError("the source's database answered another statement than was asked")
        return rows

    def _statement(self, kind: SubjectKind, fields: tuple[str, ...]) -> tuple["_Lookup", Mapper]:
        found = self._statements.get((kind, fields))
        if found is None:
            mapper = Mapper(self._description, fields)
            source = described_table(self._description)
            key = source.c[self._description.keys[kind]]
            match self._lines.dialect.name:
                case "postgresql":
                    matches = key == any_(bindparam("keys", type_=ARRAY(String)))
                case "sqlite":
                    given = func.json_each(bindparam("keys")).table_valued("value")
                    matches = key.in_(select(given.c.value))
                case _:
                    matches = key.in_(bindparam("keys", expanding=True))
            wanted = [source.c[item].label(f"f{at}") for at, item in enumerate(mapper.columns)]
            found = self._marked(select(key.label("k"), *wanted).where(matches)), mapper
            self._statements[kind, fields] = found
        return found

    def _marked(self, lookup: "Select[Any]") -> "_Lookup":
        """The lookup, with its own digest as its last column."""
        digest = sha256(f"{self._description.catalogue.id} {lookup}".encode()).digest()
        mark = int.from_bytes(digest[:_MARK_BYTES], "big")
        marked = lookup.add_columns(literal_column(str(mark)).label("m"))
        return _Lookup(str(marked.compile(dialect=self._lines.dialect)) if self._lines.raw else marked, mark)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """A statement, as text where it goes straight to the driver, and the number that each of its rows ends with."""

    statement: "Select[Any] | str"
    mark: int


def _canonical(key: Any) -> str:
    try:
        return plain(key).upper()
    except (TypeError, ValueError) as error:
        raise MalformedError("the source's database answered a row with a key that is none") from error
