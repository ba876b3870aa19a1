"""Daily quotas: exact across workers, with one database statement for many requests.

A worker leases a part of the day's remainder, spends it in memory, and leases the next part when it is used up. Quotas
are never exceeded; the lease of a killed worker is lost for that day. An exhausted quota is queried again only after a
second, so that refused requests do not cost more than permitted ones.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.china import CHINA
from registry.database import Database
from registry.grants import Grant

_SHARES = 16
_MAX_LEASE = 512
_USED_UP_SECONDS = 1.0

_Key = tuple[str, int, date]
"""A grant, its quota at the time, and the day: a lease under an older quota is not spent."""


@dataclass(slots=True)
class Taken:
    """Subjects taken from a day's quota; ``spent`` are those that an answer may have disclosed."""

    key: _Key | None
    amount: int
    spent: bool = False


class Quotas:
    """The quota leases of one worker."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._left: dict[_Key, int] = {}
        self._refused: dict[_Key, tuple[int, float]] = {}  # the amount that was refused, and until when
        self._lock = asyncio.Lock()

    async def take(self, grant: Grant, amount: int) -> Taken | None:
        """Take ``amount`` subjects from today's quota (the day in China).

        Returns:
            What was taken; None if there was not enough, in which case a smaller request can still succeed.

        Raises:
            StorageError: the count cannot be read, so no answer may be given.
        """
        if grant.daily_quota is None:
            return Taken(None, amount)
        key = _key(grant, grant.daily_quota)
        while (left := self._left.get(key, 0)) < amount:
            if self._was_refused(key, amount - left):
                return None
            async with self._lock:  # other tasks may have leased or spent meanwhile
                left = self._left.get(key, 0)
                if left < amount and not await self._lease(key, amount - left):
                    return None
        self._left[key] = left - amount
        return Taken(key, amount)

    def settle(self, taken: Taken) -> None:
        """Return unspent subjects to the quota of their day."""
        if not taken.spent and taken.key in self._left:
            self._left[taken.key] += taken.amount

    async def close(self) -> None:
        """Return the rest of every lease when the worker stops."""
        async with self._database.transaction() as connection:
            for key in list(self._left):
                await self._return(connection, key)

    def _was_refused(self, key: _Key, needed: int) -> bool:
        least, until = self._refused.get(key, (0, 0.0))
        return needed >= least and time.monotonic() < until

    async def _lease(self, key: _Key, needed: int) -> bool:
        grant, quota, day = key
        row = {"grant": grant, "day": day}
        async with self._database.transaction() as connection:
            for other in [item for item in self._left if item[0] == grant and item != key]:
                await self._return(connection, other)
            await connection.execute(text("INSERT INTO quota_use VALUES (:grant, :day, 0) ON CONFLICT DO NOTHING"), row)
            before = await connection.scalar(
                text("SELECT used FROM quota_use WHERE grant_id = :grant AND day = :day FOR UPDATE"), row
            )
            free = max(quota - before, 0)
            lease = min(free, max(needed, min(_MAX_LEASE, free // _SHARES))) if free >= needed else 0
            await connection.execute(
                text("UPDATE quota_use SET used = used + :lease WHERE grant_id = :grant AND day = :day"),
                row | {"lease": lease},
            )
        self._left[key] = self._left.get(key, 0) + lease
        if lease:
            return True
        now = time.monotonic()
        self._refused = {item: held for item, held in self._refused.items() if held[1] > now}
        self._refused[key] = needed, now + _USED_UP_SECONDS
        return False

    async def _return(self, connection: AsyncConnection, key: _Key) -> None:
        """Return the rest of a lease for use by others; leases of past days are dropped."""
        grant, _, day = key
        await connection.execute(
            text("UPDATE quota_use SET used = used - :left WHERE grant_id = :grant AND day = :day"),
            {"left": self._left.pop(key), "grant": grant, "day": day},
        )


def _key(grant: Grant, quota: int) -> _Key:
    return grant.id, quota, datetime.now(CHINA).date()
