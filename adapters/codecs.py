"""Codecs for dates, times and four-byte floats of databases, as exact values or ``NoValue``.

asyncpg cannot decode years before 1 and after 9999 and fails the whole statement; it turns ``infinity`` into the last
day of the calendar. aiomysql returns a TIMESTAMP in the session's time zone without saying which.

A float of four bytes holds six digits (``adapters/single.py``). MariaDB rounds larger ones to six digits when it
sends them (1234567 becomes 1234570), so these have no exact value.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import asyncpg

from adapters.single import of_bytes

_CACHED = 16_384
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001  # PostgreSQL's epoch, for times with and without a time zone
_EPOCH_UTC = _EPOCH.replace(tzinfo=UTC)
_FIRST_DAY = _EPOCH.toordinal()
_INFINITE = {2**31 - 1: "infinity", -(2**31): "-infinity", 2**63 - 1: "infinity", -(2**63): "-infinity"}


class NoValue:
    """A date outside Python's calendar or a number that its store has rounded; no field accepts it."""


_NO_VALUE = NoValue()


async def set_codecs(connection: asyncpg.Connection) -> None:
    """Set codecs on a connection: infinity as that word, values out of range as ``NoValue``."""
    for name, decoder in (("date", _day), ("timestamp", _local), ("timestamptz", _instant)):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_send, decoder=decoder, format="tuple")
    await connection.set_type_codec("float4", schema="pg_catalog", encoder=_send, decoder=_short, format="binary")


def connect_arguments(driver: str) -> dict[str, Any]:
    """Return the connect arguments by which a driver, by SQLAlchemy's name, returns exact values."""
    if not driver.endswith("+aiomysql"):
        return {}
    from pymysql.constants import FIELD_TYPE  # noqa: PLC0415  # only for such databases
    from pymysql.converters import conversions, convert_datetime  # noqa: PLC0415

    def instant(value: str) -> Any:
        found = convert_datetime(value)
        return found.replace(tzinfo=UTC) if isinstance(found, datetime) else found

    own = {FIELD_TYPE.TIMESTAMP: instant, FIELD_TYPE.FLOAT: lambda _: _NO_VALUE}
    return {"conv": conversions | own, "init_command": "SET time_zone = '+00:00'"}


def _send(value: object) -> tuple[int]:
    raise TypeError(f"no {type(value).__name__} is ever sent to a source")


def _short(value: bytes) -> Any:
    found = of_bytes(value)
    return _NO_VALUE if found is None else found


@lru_cache(maxsize=_CACHED)
def _day(value: tuple[int]) -> Any:
    try:
        return date.fromordinal(_FIRST_DAY + value[0])
    except (ValueError, OverflowError):
        return _INFINITE.get(value[0], _NO_VALUE)


def _local(value: tuple[int]) -> Any:
    try:
        return _EPOCH + timedelta(0, 0, value[0])
    except OverflowError:
        return _INFINITE.get(value[0], _NO_VALUE)


def _instant(value: tuple[int]) -> Any:
    try:
        return _EPOCH_UTC + timedelta(0, 0, value[0])
    except OverflowError:
        return _INFINITE.get(value[0], _NO_VALUE)
