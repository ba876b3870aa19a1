"""Proposals: changes of registers that await a second person, who applies them by the last approval."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from exchange.acts.admin_act import AdminAct, ItemTarget
from exchange.acts.call import Call
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.requester import party_of
from exchange.admin.desk import Changed, Desk
from exchange.admin.etags import require_etag
from exchange.admin.plans import Kind
from registry.errors import NotOnRecordError, RuleError
from registry.items import Stored, get, insert, new_id, page, update
from registry.proposals import TRANSITIONS, ProposalChange, ProposalState

_NOT_WAITING: Mapping[str, Any] = {"waits_for": None, "waits_duty": None, "waits_since": None}
_MINE = "({0} = owner OR {0} = agency)"
_RESULTS = {
    ProposalChange.SUBMIT: "SUBMITTED", ProposalChange.RETURN: "RETURNED", ProposalChange.REFUSE: "REFUSED",
    ProposalChange.WITHDRAW: "WITHDRAWN",
}  # fmt: skip


class Proposals:
    """The register of proposals, at a desk."""

    def __init__(self, desk: Desk, kinds: Mapping[str, Kind]) -> None:
        self._desk = desk
        self._kinds = kinds

    async def create(
        self, call: Call, act: AdminAct, kind: str, content: Mapping[str, Any], *, dry: bool = False
    ) -> Changed | Refusal:
        """Draft a proposal; its content is one of its kind."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Changed | Refusal:
            if kind not in self._kinds:
                raise RuleError("proposal.content", f"is required: one of {', '.join(self._kinds)}")
            rule, planned = self._kinds[kind], await self._kinds[kind].plan(permit, connection, content)
            proposer = permit.principal.id
            target = ItemTarget(
                "proposal", new_id("pr"), ProposalState.DRAFT.value, proposer=proposer, waits_duty=rule.duty.value
            )
            over = Desk.over(permit, target)
            if isinstance(over, Refusal):
                return over
            stored = await insert(
                connection, "proposal", target.id, target.state, {"content": dict(content), "reason": act.why},
                kind=kind, item=planned.item, owner=party_of(permit.principal)["agency"], agency=planned.agency,
                proposed_by=proposer, approvers=[], base=planned.base,
            )  # fmt: skip
            return Changed(stored, stored.row, "CREATED", differences=planned.differences)

        return await self._desk.change(call, act, work, dry=dry)

    async def change(
        self, call: Call, act: AdminAct, change: ProposalChange, etag: str, *, dry: bool = False
    ) -> Changed | Refusal:
        """Take a step of the proposal that an act names."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Changed | Refusal:
            stored = await get(connection, "proposal", act.item, lock=True)
            if stored is None:
                raise NotOnRecordError("proposal: not on record")
            over = Desk.over(permit, target_of(stored))
            if isinstance(over, Refusal):
                return over
            require_etag(etag, stored)
            if change is ProposalChange.APPROVE:
                return await self._approve(over, connection, stored)
            state = TRANSITIONS.after(change, ProposalState(stored.state))
            waiting = self._waiting(stored) if change is ProposalChange.SUBMIT else _NOT_WAITING
            fresh = await update(connection, stored, state.value, approvers=[], **waiting)
            return Changed(fresh, fresh.row, _RESULTS[change], told=_told(stored))

        return await self._desk.change(call, act, work, dry=dry)

    async def get(self, call: Call, act: AdminAct) -> Stored | Refusal:
        """Return the proposal that an act names."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Stored | Refusal:
            stored = await get(connection, "proposal", act.item)
            if stored is None:
                raise NotOnRecordError("proposal: not on record")
            over = Desk.over(permit, target_of(stored))
            return over if isinstance(over, Refusal) else stored

        return await self._desk.read(call, act, work)

    async def list(
        self, call: Call, act: AdminAct, where: str, values: Sequence[str], after: str, limit: int
    ) -> Sequence[Stored] | Refusal:
        """Return proposals of a condition that the caller's agency made or approves, in order of their ids."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Sequence[Stored]:
            own = party_of(permit.principal)["agency"]
            mine = _MINE.format(f"${len(values) + 1}") + (f" AND {where}" if where else "")
            return await page(connection, "proposal", mine, [*values, own], after, limit)

        return await self._desk.read(call, act, work)

    async def _approve(self, permit: Permit[AdminAct], connection: asyncpg.Connection, stored: Stored) -> Changed:
        kind = self._kinds[stored.columns["kind"]]
        approvers = [*stored.columns["approvers"], permit.principal.id]
        state = TRANSITIONS.after(ProposalChange.APPROVE, ProposalState(stored.state))
        if len(approvers) < kind.approvers:
            fresh = await update(connection, stored, state.value, approvers=approvers)
            return Changed(fresh, fresh.row, "APPROVED", told=_told(stored))
        state = TRANSITIONS.after(ProposalChange.APPLY, state)
        applied = await kind.apply(permit, connection, stored)
        fresh = await update(connection, stored, state.value, approvers=approvers, **_NOT_WAITING)
        return Changed(fresh, fresh.row, "APPLIED", more=tuple(applied), told=_told(stored))

    def _waiting(self, stored: Stored) -> Mapping[str, Any]:
        kind = self._kinds[stored.columns["kind"]]
        return {
            "waits_for": stored.columns["agency"], "waits_duty": kind.approving.value, "waits_since": datetime.now(UTC),
        }  # fmt: skip


def target_of(stored: Stored) -> ItemTarget:
    """Return a proposal as what an act is on."""
    found = stored.columns
    return ItemTarget(
        "proposal", stored.id, stored.state, owner=found["owner"], source=found["agency"],
        proposer=found["proposed_by"], steps=(found["proposed_by"], *found["approvers"]),
        waits_for=found["waits_for"] or "", waits_duty=found["waits_duty"] or "", claimed_by=found["claimed_by"] or "",
    )  # fmt: skip


def _told(stored: Stored) -> tuple[str, ...]:
    return tuple(sorted({stored.columns["owner"], stored.columns["agency"]}))
