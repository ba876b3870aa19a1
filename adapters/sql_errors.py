"""Translation of database errors into errors of sources."""

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, OperationalError

from adapters.errors import MalformedError, RefusedError, SlowError, SourceError, UnavailableError
from registry.postgres_errors import LOST_STATEMENT, is_method_unknown, is_refusal, reason, sqlstate

_MYSQL_REFUSED = {
    1044: "no such database, or no right to it",
    1045: "the user is not let in",
    1142: "no right to the table",
    1143: "no right to a column",
    1227: "a right is missing",
    1698: "the user is not let in",
}
_MYSQL_SCHEMA = {1054: "no such column", 1146: "no such table", 1356: "the view is broken"}
_MYSQL_OTHER = {
    1040: "no connection is left; too many clients",
    1049: "no such database",
    1203: "no connection is left",
}
_POSTGRES_SCHEMA = ("42", "22", "3F", "0A")
"""Classes of SQLSTATE: names and types, values, schemas, features."""


class LostStatementError(UnavailableError):
    """The server process has not prepared the statement, because a pooler has switched processes."""


def translate(error: Exception) -> SourceError:
    """Return the error of a source, without the database's own text."""
    if isinstance(error, TimeoutError):
        return SlowError("the source's database did not answer in time")
    if isinstance(error, UnicodeError):
        return MalformedError("the source's database answers text that is not in the encoding of the connection")
    state, inner = sqlstate(error), getattr(error, "orig", None)
    if state in LOST_STATEMENT:
        return LostStatementError(f"the source's database: {reason(error)}")
    number = _mysql_number(inner)
    if is_refusal(error) or number in _MYSQL_REFUSED:
        words = _MYSQL_REFUSED.get(number) or (reason(error) if state else "")
        said = f" ({words})" if words else ""
        return RefusedError(f"the source's database refuses this account{said}")
    if is_method_unknown(error):
        return RefusedError(f"the source's database: {reason(error)}")
    if number in _MYSQL_SCHEMA or _is_schema(inner) or state.startswith(_POSTGRES_SCHEMA):
        named = str(inner).partition(":")[0] if _is_schema(inner) else reason(error)
        said = _MYSQL_SCHEMA.get(number) or named
        return MalformedError(f"the source's table is not as described ({said})")
    if isinstance(error, DBAPIError) and not isinstance(error, OperationalError) and not _is_lost(error, state):
        return MalformedError(f"the source's table is not as described ({reason(error)})")
    said = _MYSQL_OTHER.get(number) or reason(error)
    return UnavailableError(f"the source's database does not answer ({said})")


def _is_lost(error: DBAPIError, state: str) -> bool:
    return error.connection_invalidated or state.startswith(("08", "53", "57", "3D"))


def _is_schema(inner: Any) -> bool:
    return isinstance(inner, sqlite3.OperationalError) and str(inner).startswith("no such ")


def _mysql_number(inner: Any) -> int:
    arguments = getattr(inner, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0
