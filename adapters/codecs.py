"""Dates, times and short floats as databases keep them; what cannot be told exactly is a bad value, not an error.

asyncpg cannot decode years before 1 and beyond 9999, and fails the whole statement; it makes the last day of the
calendar of ``infinity``. aiomysql hands out a TIMESTAMP in the session's zone, without saying in which.

A float of four bytes holds six digits (``adapters/single.py``). MariaDB rounds it to so many where it shows it (1234567
is 1234570), so that one is no value.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import asyncpg

from adapters.single import of_bytes

_CACHED = 16_384
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001  # PostgreSQL's, of times with and without a zone
_EPOCH_UTC = _EPOCH.replace(tzinfo=UTC)
_FIRST_DAY = _EPOCH.toordinal()
_INFINITE = {2**31 - 1: "infinity", -(2**31): "-infinity", 2**63 - 1: "infinity", -(2**63): "-infinity"}


class NoValue:
    """A date that no calendar of ours has, or a number that its store has rounded; of no field's type."""


_NO_VALUE = NoValue()


async def set_codecs(connection: asyncpg.Connection) -> None:
    """Decode this connection's values exactly: infinity as that word, what is out of range as ``NoValue``."""
    for name, decoder in (("date", _day), ("timestamp", _local), ("timestamptz", _instant)):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_send, decoder=decoder, format="tuple")
    await connection.set_type_codec("float4", schema="pg_catalog", encoder=_send, decoder=_short, format="binary")


def connect_arguments(driver: str) -> dict[str, Any]:
    """What a driver, by SQLAlchemy's name, is told when it connects, to hand out what its store holds."""
    if not driver.endswith("+aiomysql"):
        return {}
    from pymysql.constants import FIELD_TYPE  # noqa: PLC0415  # only where there is such a database
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
