"""SQL conditions that compare a key column with the keys of a lookup and use the column's index."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    String,
    Text,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)

from adapters.description import Description
from adapters.spelling import KeyColumn
from registry.errors import RuleError


def matches(cell: ColumnElement[Any], key: KeyColumn, dialect: str) -> ColumnElement[bool]:
    """Return the condition over the parameter ``keys``, which holds every spelling."""
    if dialect == "postgresql" and key.separator:
        return owners_in(cell, key.separator).bool_op("&&")(bindparam("keys", type_=ARRAY(Text)))
    match dialect:
        case "postgresql":
            return cell == any_(bindparam("keys", type_=ARRAY(BigInteger if key.numeric else String)))
        case "sqlite":
            given = func.json_each(bindparam("keys")).table_valued("value")
            return cell.in_(select(given.c.value))
        case _:
            return cell.in_(bindparam("keys", expanding=True))


def owners_in(cell: ColumnElement[Any], separator: str) -> ColumnElement[Any]:
    """Return the array of keys in a cell, written as in the department's index over it."""
    return func.string_to_array(cell, literal_column(f"'{separator}'"))


def refuse_separators(description: Description, what: str) -> None:
    """Refuse a description with several keys in one cell where no index could find them.

    Raises:
        RuleError: names the key.
    """
    for kind, key in description.keys.items():
        if key.separator:
            raise RuleError(
                f"description {description.catalogue.id}.keys.{kind.value}.separator",
                f"{what} cannot find one of several keys in a cell; make a view with a row for each owner",
            )
