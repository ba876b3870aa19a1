"""Samples of a department's store: its first rows as stored, their encoding, and their age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import String, cast, func, select, text

from adapters.cells import Fault, filled, is_total
from adapters.description import Description
from adapters.drops import read_rows
from adapters.errors import MalformedError, SourceError
from adapters.index import bad_rows
from adapters.layout import Merged
from adapters.lines import Lines
from adapters.schema import as_compared, described_table, key_columns
from adapters.text_codecs import decoded, encoding_of

_OF_COLUMNS = """SELECT DISTINCT character_set_name FROM information_schema.columns WHERE character_set_name IS NOT NULL
    AND table_name = :name AND table_schema = CASE :schema WHEN '' THEN database() ELSE :schema END ORDER BY 1"""
_ENCODING = {
    "postgresql": "SHOW server_encoding",
    "mysql": _OF_COLUMNS,
    "mariadb": _OF_COLUMNS,
    "sqlite": "PRAGMA encoding",
}
_HEAD = 1 << 20
_CSV = ".csv"


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows by column, each with its number; ``missing`` names the described columns that the store lacks.

    ``as_written`` says that the store compares keys exactly, blanks and width included. For a drop, ``bad`` has every
    row that does not fit, by field and rule, and ``refused`` says why none of its rows could be served.
    """

    rows: Sequence[tuple[int, Mapping[str, Any]]] = ()
    missing: Sequence[str] = ()
    encoding: str = ""
    as_of: datetime | None = None
    as_written: bool = True
    bad: Mapping[str, Sequence[int]] = field(default_factory=dict)
    refused: str = ""


@runtime_checkable
class Sampled(Protocol):
    """A source whose rows can be read without a key."""

    async def sample(self, count: int) -> Sample:
        """Read up to ``count`` rows.

        Raises:
            SourceError: the store does not answer, or is not as described.
        """


async def sample_table(lines: Lines, description: Description, missing: Sequence[str], count: int) -> Sample:
    """Read rows of a table that has every described column; read none otherwise."""
    now = datetime.now(UTC)
    encoding = await _encoding(lines, description)
    if missing:
        return Sample(missing=missing, encoding=encoding, as_of=now)
    source = described_table(description)
    names = [item.name for item in source.c]
    cells = [as_compared(description, item, lines.dialect.name) for item in source.c]
    try:
        found = await lines.execute(select(*cells).limit(count), {})
    except MalformedError:
        if lines.dialect.name != "postgresql":
            raise
        raw = [func.convert_to(cast(item, String), "SQL_ASCII") for item in source.c]
        written = await lines.execute(select(*raw).select_from(source).limit(count), {})
        encoding = f"{encoding}, {encoding_of(b' '.join(cell for row in written for cell in row if cell))}"
        found = [[None if cell is None else decoded(cell) for cell in row] for row in written]
    return Sample([(at, dict(zip(names, row, strict=True))) for at, row in enumerate(found, 1)], (), encoding, now)


async def _encoding(lines: Lines, description: Description) -> str:
    statement = _ENCODING.get(lines.dialect.name)
    if not statement:
        return ""
    schema, _, name = description.table.rpartition(".")
    given = {"name": name, "schema": schema} if statement is _OF_COLUMNS else {}
    try:
        return ", ".join(str(row[0]) for row in await lines.execute(text(statement), given))
    except SourceError:
        return ""


def sample_drop(description: Description, drop: Path, count: int) -> Sample:
    """Read rows of a drop."""
    as_of = datetime.fromtimestamp(drop.stat().st_mtime, UTC)
    with drop.open("rb") as file:
        encoding = encoding_of(file.read(_HEAD)) if drop.suffix == _CSV else drop.suffix[1:].upper()
    wanted = {f"keys.{kind.value}": name for kind, name in key_columns(description).items()}
    wanted |= {f"fields.{name}.column": item.column for name, item in description.fields.items()}
    rows = read_rows(drop, description.drop, list(wanted.values()))
    at, header = next(rows, (1, ()))
    names = [] if isinstance(header, Fault) else [str(item).strip() for item in header]
    missing = [
        f"{key}: {name}: {_wrong(name in names, at, drop.name)}"
        for key, name in wanted.items()
        if names.count(name) != 1
    ]
    if missing:
        return Sample(missing=missing, encoding=encoding, as_of=as_of)
    found = [
        (number, dict.fromkeys(names, row) if isinstance(row, Fault) else dict(zip(names, row, strict=True)))
        for number, row in islice(rows, count)
        if not (description.drop.skip_totals and not isinstance(row, Fault) and any(map(is_total, row)))
    ]
    if description.drop.merged is Merged.FILL:
        for _, cells in found:
            for name in key_columns(description).values():
                cells[name] = filled(cells[name])
    try:
        bad, refused = bad_rows(description, drop), ""
    except MalformedError as error:
        bad, refused = {}, str(error)
    return Sample(found, (), encoding, as_of, as_written=False, bad=bad, refused=refused)


def _wrong(twice: bool, row: int, drop: str) -> str:  # noqa: FBT001  # one of two texts
    if twice:
        return f"the column is there twice in row {row} of {drop}"
    return f"the column is missing in row {row} of {drop}"
