"""Agencies: reading the register of them."""

from collections.abc import Sequence

import asyncpg

from exchange.acts.admin_act import AdminAct, ItemTarget
from exchange.acts.call import Call
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.admin.desk import Desk
from registry.errors import NotOnRecordError
from registry.items import Stored, get, page


class Agencies:
    """The register of agencies, at a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, call: Call, act: AdminAct) -> Stored | Refusal:
        """Return the agency that an act names."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Stored | Refusal:
            stored = await get(connection, "agency", act.item)
            if stored is None:
                raise NotOnRecordError("agency: not on record")
            over = Desk.over(permit, target_of(stored))
            return over if isinstance(over, Refusal) else stored

        return await self._desk.read(call, act, work)

    async def list(
        self, call: Call, act: AdminAct, where: str, values: Sequence[str], after: str, limit: int
    ) -> Sequence[Stored] | Refusal:
        """Return agencies of a condition after a code, in order."""

        async def work(_permit: Permit[AdminAct], connection: asyncpg.Connection) -> Sequence[Stored]:
            return await page(connection, "agency", where, values, after, limit)

        return await self._desk.read(call, act, work)


def target_of(stored: Stored) -> ItemTarget:
    """Return an agency as what an act is on; its owner is the agency itself."""
    return ItemTarget("agency", stored.id, stored.state, owner=stored.id)
