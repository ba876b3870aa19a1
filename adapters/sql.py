"""Sources behind SQL databases: PostgreSQL, MariaDB/MySQL, SQLite, and other dialects of SQLAlchemy.

Concurrent lookups coalesce into one ``= ANY(…)`` (PostgreSQL) or ``IN (…)`` statement on a connection that the source
keeps: no pool check-out, no transaction, no reset between statements.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, literal_column, select

from adapters.coalesce import STATEMENT_PACE, Coalescer
from adapters.description import Description, Mapper
from adapters.errors import MalformedError, NotAskedError, SourceError
from adapters.gathering import Gathered
from adapters.lines import Lines
from adapters.matching import matches, refuse_separators
from adapters.reach import ROWS_AT_ONCE, KeyRows
from adapters.sampling import Sample, sample_table
from adapters.schema import all_keys, described_table, schema_misfits
from adapters.source import KEYS_UNREACHABLE, Fetched, Health
from adapters.spelling import KeyColumn, asked_at_once
from registry.catalogue import Dataset
from registry.identifiers import SubjectKind

_MARK_BYTES = 6
"""Bytes of a digest that make a number which every database holds exactly."""


class SqlSource:
    """A source of one table or view of a department's database."""

    def __init__(
        self, description: Description, url: str, statement_seconds: float = 30.0, incomplete: str = KEYS_UNREACHABLE
    ) -> None:
        """Create a source; ``statement_seconds`` bounds a statement, however long its callers can wait.

        Until its keys are counted (``adapters/reach.py``), absent records prove nothing: ``incomplete`` says why.

        Raises:
            SourceError: SQLAlchemy cannot parse the URL.
            RuleError: the description requires what this kind of database cannot do.
        """
        self._lines = Lines(url, statement_seconds)
        if self._lines.dialect.name != "postgresql":
            refuse_separators(description, "this kind of database")
        self.incomplete = incomplete
        self.shape = sha256(f"{description.keys} {description.table} {self._lines.address}".encode()).hexdigest()[:16]
        self._description = description
        self._statements: dict[tuple[SubjectKind, tuple[str, ...]], tuple[_Lookup, Mapper]] = {}
        self._coalescer = Coalescer(self._fetch_many, STATEMENT_PACE, ends=self._lines.dialect.name == "postgresql")

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:
        """Look records up by key; see ``Source.fetch``."""
        return await self._coalescer.fetch(kind, keys, fields, seconds)

    @property
    def catalogue(self) -> Dataset:
        """Return the dataset of the description; see ``Described.catalogue``."""
        return self._description.catalogue

    async def health(self) -> Health:
        """Check whether the database answers and has the table; see ``Source.health``."""
        try:
            misfits = await schema_misfits(self._lines, self._description)
        except SourceError as error:
            return Health(ready=False, detail=str(error))
        return Health(ready=not misfits, detail="; ".join(misfits), as_of=None if misfits else datetime.now(UTC))

    async def sample(self, count: int) -> Sample:
        """Read the first rows of the table; see ``Sampled.sample``."""
        missing = await schema_misfits(self._lines, self._description)
        return await sample_table(self._lines, self._description, missing, count)

    async def close(self) -> None:
        """Close all connections; see ``Source.close``."""
        await self._coalescer.close()
        await self._lines.close()

    async def _fetch_many(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str]) -> Fetched:
        statement, mapper = self._statement(kind, tuple(fields))
        as_of, incomplete = datetime.now(UTC), self.incomplete
        gathered = Gathered(mapper, single=self._description.single)
        for asked in asked_at_once(self.keys[kind], kind, keys):
            rows = await self._rows(statement, {"keys": asked.spellings})
            for row in gathered.add_all(rows, asked.keys):  # the common case: all rows
                try:
                    owners = asked.owners(row[0])
                except NotAskedError:  # found through the collation, such as a key with an invisible character
                    incomplete = KEYS_UNREACHABLE
                    continue
                for key in owners:
                    gathered.add(key, row[1:-1])
        return gathered.fetched(as_of, incomplete)

    @property
    def keys(self) -> Mapping[SubjectKind, KeyColumn]:
        """Return the key columns; see ``Countable.keys``."""
        return self._description.keys

    async def key_rows(self) -> KeyRows:
        """Read all keys of the table; see ``Countable.key_rows``."""
        position = 1
        async with aclosing(
            self._lines.stream(all_keys(self._description, self._lines.dialect.name), ROWS_AT_ONCE)
        ) as lots:
            async for rows in lots:
                yield list(enumerate(rows, position))
                position += len(rows)

    async def reached(self, kind: SubjectKind, cells: Mapping[Any, str]) -> Collection[Any]:
        """Return the keys that a query finds; see ``Countable.reached``.

        PostgreSQL compares exactly. Other databases may ignore case or blanks, so they are queried.
        """
        if self._lines.dialect.name == "postgresql":
            return ()
        statement, _ = self._statement(kind, ())
        found = set()
        for asked in asked_at_once(self.keys[kind], kind, list(dict.fromkeys(cells.values()))):
            found |= {row[0] for row in await self._rows(statement, {"keys": asked.spellings})}
        return found.intersection(cells)

    async def _rows(self, lookup: "_Lookup", parameters: dict[str, Any]) -> Sequence[Any]:
        """Return the rows of a lookup, each of which says which statement it is from."""
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
            own = self.keys[kind]
            key = source.c[own.column]
            wanted = [source.c[item].label(f"f{at}") for at, item in enumerate(mapper.columns)]
            lookup = select(key.label("k"), *wanted).where(matches(key, own, self._lines.dialect.name))
            found = self._marked(lookup), mapper
            self._statements[kind, fields] = found
        return found

    def _marked(self, lookup: "Select[Any]") -> "_Lookup":
        """Return the lookup with its own digest as last column."""
        digest = sha256(f"{self._description.catalogue.id} {lookup}".encode()).digest()
        mark = int.from_bytes(digest[:_MARK_BYTES], "big")
        marked = lookup.add_columns(literal_column(str(mark)).label("m"))
        return _Lookup(str(marked.compile(dialect=self._lines.dialect)) if self._lines.raw else marked, mark)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """A statement, as text if it goes directly to the driver, and the number with which its rows end."""

    statement: "Select[Any] | str"
    mark: int
