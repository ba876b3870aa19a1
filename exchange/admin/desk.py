"""The desk: acts on registers, each in one transaction with its entries, or on trial."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import asyncpg

from exchange.acts.admin_act import AdminAct, ClockStep, ItemTarget
from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.road import Road
from registry.content import Row
from registry.ledger.appender import TransactionalAppender
from registry.ledger.leaf import Entry

T = TypeVar("T")
DRY_RUN = "DRY_RUN"


class Changed(NamedTuple):
    """What an act changed: the item, its row, and the result's name.

    ``more`` are entries of further rows that it changed. ``source``, ``clock``, ``told``, ``dataset`` and ``matter``
    are for the act's own entry, ``differences`` for whoever acts.
    """

    item: Any
    row: Row
    result: str
    more: tuple[Entry, ...] = ()
    source: str = ""
    clock: ClockStep | None = None
    told: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    dataset: str = ""
    matter: str = ""


class Desk:
    """Performs acts on registers."""

    def __init__(self, road: Road, pool: asyncpg.Pool, appender: TransactionalAppender) -> None:
        self.road = road
        self.pool = pool
        self._appender = appender

    async def change(
        self,
        call: Call,
        act: AdminAct,
        work: Callable[[Permit[AdminAct], asyncpg.Connection], Awaitable[Changed | Refusal]],
        *,
        dry: bool = False,
    ) -> Changed | Refusal:
        """Change rows and record that, in one transaction; if ``dry``, record the trial alone."""

        async def permitted(permit: Permit[AdminAct]) -> Changed | Refusal:
            async with self.pool.acquire() as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    found = await work(permit, connection)
                    if not isinstance(found, Refusal) and not dry:
                        await self._appender.record(connection, [_entry(permit, found), *found.more])
                except BaseException:
                    await transaction.rollback()
                    raise
                if isinstance(found, Refusal) or dry:
                    await transaction.rollback()
                else:
                    await transaction.commit()
            if not isinstance(found, Refusal) and dry:
                tried = replace(permit.act, item=permit.act.item or found.row.id)
                await self.road.ledger.record(tried.permit_entry(permit.principal, DRY_RUN))
            return found

        return await perform(self.road, call, act, permitted)

    async def read(
        self, call: Call, act: AdminAct, work: Callable[[Permit[AdminAct], asyncpg.Connection], Awaitable[T | Refusal]]
    ) -> T | Refusal:
        """Read rows; the entry is recorded before anything is disclosed."""

        async def permitted(permit: Permit[AdminAct]) -> T | Refusal:
            async with self.pool.acquire() as connection:
                found = await work(permit, connection)
            if not isinstance(found, Refusal):
                result = "READ" if permit.act.item else "LISTED"
                await self.road.ledger.record(permit.act.permit_entry(permit.principal, result))
            return found

        return await perform(self.road, call, replace(act, reads=True), permitted)

    @staticmethod
    def over(permit: Permit[AdminAct], target: ItemTarget) -> Permit[AdminAct] | Refusal:
        """Return the permit of the act on a loaded item."""
        return permit.over(replace(permit.act, target=target, item=target.id))


def _entry(permit: Permit[AdminAct], changed: Changed) -> Entry:
    act = permit.act
    act = replace(act, dataset=changed.dataset or act.dataset, matter=changed.matter or act.matter)
    return act.permit_entry(
        permit.principal, changed.result, changed.row, source=changed.source, clock=changed.clock, told=changed.told,
        policy=permit.digest,
    )  # fmt: skip
