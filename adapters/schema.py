"""Whether a department's table has the columns that its description names, asked without reading a row."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, TableClause, column, false, literal, select, table

from adapters.description import Description
from adapters.errors import MalformedError, RefusedError
from adapters.lines import Lines
from registry.identifiers import SubjectKind


def key_columns(description: Description) -> Mapping[SubjectKind, str]:
    """The column of each kind of key."""
    return {kind: key.column for kind, key in description.keys.items()}


def described_table(description: Description) -> TableClause:
    """The table or view, with every column that the description names."""
    schema, _, name = description.table.rpartition(".")
    names = dict.fromkeys([*key_columns(description).values(), *(item.column for item in description.fields.values())])
    return table(name, *[column(item) for item in names], schema=schema or None)


async def schema_misfits(lines: Lines, description: Description) -> list[str]:
    """What of the description is not there, each by its key; empty if all is.

    Raises:
        SourceError: the database does not answer, or does not let this account in.
    """
    source = described_table(description)
    misfit = await _misfit(lines, source, list(source.c))
    if not misfit:
        return []
    await lines.execute(select(literal(1)), {})  # who is not let in at all has no wrong table
    if without_columns := await _misfit(lines, source, [literal(1)]):
        return [f"table: {description.table}: {without_columns}"]
    named = {f"keys.{kind.value}": name for kind, name in key_columns(description).items()}
    named |= {f"fields.{name}.column": item.column for name, item in description.fields.items()}
    found = {key: await _misfit(lines, source, [source.c[name]]) for key, name in named.items()}
    return [f"{key}: {named[key]}: {why}" for key, why in found.items() if why] or [misfit]


async def _misfit(lines: Lines, source: TableClause, wanted: list[ColumnElement[object]]) -> str:
    try:
        await lines.execute(select(*wanted).select_from(source).where(false()), {})
    except (MalformedError, RefusedError) as error:
        return str(error)
    return ""
