"""Checks that a table has the described columns, with keys of suitable types; reads no rows."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, TableClause, column, false, literal, literal_column, select, table

from adapters.description import Description
from adapters.errors import MalformedError, RefusedError
from adapters.lines import Lines
from adapters.matching import matches
from registry.identifiers import SubjectKind


def key_columns(description: Description) -> Mapping[SubjectKind, str]:
    """Return the column of each kind of key."""
    return {kind: key.column for kind, key in description.keys.items()}


def described_table(description: Description) -> TableClause:
    """Return the table or view with every described column."""
    schema, _, name = description.table.rpartition(".")
    names = dict.fromkeys([*key_columns(description).values(), *(item.column for item in description.fields.values())])
    return table(name, *[column(item) for item in names], schema=schema or None)


async def schema_misfits(lines: Lines, description: Description) -> list[str]:
    """Return the described columns that are missing, each by its key; empty if none is.

    Raises:
        SourceError: the database does not answer, or refuses this account.
    """
    source = described_table(description)
    misfit = await _misfit(lines, select(*source.c).where(false()))
    if not misfit:
        return await _key_misfits(lines, description)
    await lines.execute(select(literal(1)), {})  # an account without access is an error, not a missing table
    if without_columns := await _misfit(lines, select(literal(1)).select_from(source).where(false())):
        return [f"table: {description.table}: {without_columns}"]
    named = {f"keys.{kind.value}": name for kind, name in key_columns(description).items()}
    named |= {f"fields.{name}.column": item.column for name, item in description.fields.items()}
    found = {key: await _misfit(lines, select(source.c[name]).where(false())) for key, name in named.items()}
    return [f"{key}: {named[key]}: {why}" for key, why in found.items() if why] or [misfit]


async def _key_misfits(lines: Lines, description: Description) -> list[str]:
    """Return the keys whose column the database cannot compare with a key, such as a number with texts."""
    source, found = described_table(description), []
    nothing = "[]" if lines.dialect.name == "sqlite" else []
    for kind, key in description.keys.items():
        compared = select(literal(1)).where(matches(source.c[key.column], key, lines.dialect.name)).limit(0)
        if why := await _misfit(lines, compared, {"keys": nothing}):
            other = "is not a number" if key.numeric else "is not a text (numeric: true is for numbers)"
            found.append(f"keys.{kind.value}: {key.column}: {other}: {why}")
    return found


async def _misfit(lines: Lines, statement: Select[Any], parameters: dict[str, Any] | None = None) -> str:
    try:
        await lines.execute(statement, parameters or {})
    except (MalformedError, RefusedError) as error:
        return str(error)
    return ""


def all_keys(description: Description, dialect: str) -> Select[Any]:
    """Return the statement that selects every row's key columns."""
    source = described_table(description)
    cells = [as_compared(description, source.c[key.column], dialect) for key in description.keys.values()]
    return select(*[cell.label(f"k{at}") for at, cell in enumerate(cells)])


def as_compared(description: Description, cell: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """Return a column as it is read: in PostgreSQL, a key is cast to text, without the padding of CHAR.

    PostgreSQL's comparison ignores the padding, too.
    """
    texts = {key.column for key in description.keys.values() if not key.numeric}
    return cell.op("||")(literal_column("''")) if dialect == "postgresql" and cell.key in texts else cell
