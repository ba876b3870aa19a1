"""Daily quotas: counted exactly across workers, with one statement for many requests.

A worker takes a lease of the day's remainder, spends it in memory, and takes the next when it is used up. Quota is
never exceeded; what a killed worker had leased is lost for that day. A quota that is used up is asked for again only
after a second: a system that goes on asking must not cost more than one that may.
"""

import asyncio
import time
from datetime import date, datetime

from sqlalchemy import text

from registry.china import CHINA
from registry.database import Database
from registry.grants import Grant

_SHARES = 16
_MAX_LEASE = 512
_USED_UP_SECONDS = 1.0


class Quotas:
    """Leases of quota for one worker."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._left: dict[tuple[str, date], int] = {}
        self._used_up: dict[tuple[str, date], float] = {}  # until when
        self._lock = asyncio.Lock()

    async def take(self, grant: Grant, amount: int) -> bool:
        """Take ``amount`` subjects from today's quota (the day in China).

        Returns:
            Whether there was enough; if not, nothing is taken that could be used by a smaller request.

        Raises:
            StorageError: the count cannot be read, so nothing may be answered.
        """
        if grant.daily_quota is None:
            return True
        key = (grant.id, datetime.now(CHINA).date())
        if self._wants_lease(key, amount):
            async with self._lock:
                if self._wants_lease(key, amount):
                    await self._lease(grant, key, amount - self._left.get(key, 0))
        left = self._left.get(key, 0)
        if left < amount:
            return False
        self._left[key] = left - amount
        return True

    def _wants_lease(self, key: tuple[str, date], amount: int) -> bool:
        return self._left.get(key, 0) < amount and time.monotonic() >= self._used_up.get(key, 0.0)

    async def give_back(self) -> None:
        """Return what is left of every lease, when the worker stops."""
        async with self._database.transaction() as connection:
            for (grant, day), left in self._left.items():
                await connection.execute(
                    text("UPDATE quota_use SET used = used - :left WHERE grant_id = :grant AND day = :day"),
                    {"left": left, "grant": grant, "day": day},
                )
        self._left.clear()

    async def _lease(self, grant: Grant, key: tuple[str, date], needed: int) -> None:
        row = {"grant": grant.id, "day": key[1]}
        async with self._database.transaction() as connection:
            await connection.execute(
                text("INSERT INTO quota_use VALUES (:grant, :day, 0) ON CONFLICT DO NOTHING"),
                row,
            )
            before = await connection.scalar(
                text("SELECT used FROM quota_use WHERE grant_id = :grant AND day = :day FOR UPDATE"),
                row,
            )
            free = max((grant.daily_quota or 0) - before, 0)
            lease = min(free, max(needed, min(_MAX_LEASE, free // _SHARES)))
            await connection.execute(
                text("UPDATE quota_use SET used = used + :lease WHERE grant_id = :grant AND day = :day"),
                row | {"lease": lease},
            )
        self._left[key] = self._left.get(key, 0) + lease
        if lease < needed:
            self._used_up[key] = time.monotonic() + _USED_UP_SECONDS
        # What was of days gone by is of no use to anyone.
        self._left = {item: left for item, left in self._left.items() if item[1] == key[1]}
        self._used_up = {item: until for item, until in self._used_up.items() if item[1] == key[1]}
