"""Reading of applications: one, those of an agency, and those whose source is late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from exchange.acts.admin_act import AdminAct
from exchange.acts.call import Call
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Official
from exchange.admin.desk import Desk
from exchange.admin.stepping import official_of, target_of
from keys.workdays.calendar import Calendar
from registry.agencies import Duty
from registry.applications import records
from registry.applications.records import REGISTER, Application
from registry.items import page
from registry.ledger.clocks import clock_of

_OVERSEEING = frozenset({Duty.ADMINISTER, Duty.AUDIT})
_OWN = "agency = {0} OR (source = {0} AND state NOT IN ('draft', 'proposed'))"
_RUNNING = "state = ANY ('{submitted,asked}') AND due_at <= $1"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Late:
    """An application whose source is late by so many begun working days."""

    application: Application
    days: int


class ApplicationLists:
    """Reads applications."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, call: Call, item: str) -> Application | Refusal:
        """Return an application of the own agency, for it to decide, or for those who oversee all."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Application | Refusal:
            application = await records.load(connection, item)
            over = Desk.over(permit, target_of(application, permit.state.register))
            return over if isinstance(over, Refusal) else application

        return await self._desk.read(call, AdminAct(REGISTER, "read", item=item), work)

    async def list(
        self, call: Call, where: str, values: Sequence[str], after: str, limit: int
    ) -> Sequence[Application] | Refusal:
        """Return applications of a condition after an id, in order, that the person may read."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Sequence[Application]:
            condition, given = _readable(official_of(permit), where, values)
            return [Application.of(row) for row in await page(connection, REGISTER, condition, given, after, limit)]

        return await self._desk.read(call, AdminAct(REGISTER, "list"), work)

    async def late(self, call: Call, after: str, limit: int) -> Sequence[Late] | Refusal:
        """Return applications whose source is late, in order of their ids, by the entries of the ledger."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Sequence[Late]:
            calendar, now = Calendar(), datetime.now(UTC)
            condition, given = _readable(official_of(permit), _RUNNING, [now + _DAY])
            found, last = list[Late](), after
            while len(found) < limit:
                rows = await page(connection, REGISTER, condition, given, last, limit)
                for application in map(Application.of, rows):
                    clock = await clock_of(connection, REGISTER, application.id)
                    if clock and (days := clock.overdue(calendar, now)):
                        found.append(Late(application, days))
                if len(rows) < limit:
                    break
                last = rows[-1].id
            return found[:limit]

        return await self._desk.read(call, AdminAct(REGISTER, "list"), work)


def _readable(official: Official, where: str, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """Return a condition with the one that the person may read the row."""
    if official.duties & _OVERSEEING:
        return where, values
    own = _OWN.format(f"${len(values) + 1}")
    return (f"({where}) AND ({own})" if where else own), [*values, official.agency.uscc]
