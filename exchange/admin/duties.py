"""Duties of people, which two administrators change: one proposes it, another approves."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from exchange.acts.admin_act import AdminAct
from exchange.acts.permit import Permit
from exchange.acts.requester import party_of
from exchange.admin.plans import Kind, Planned
from registry.agencies import Duty
from registry.differences import differences
from registry.errors import NotOnRecordError, RuleError
from registry.items import Stored, get, update
from registry.ledger.leaf import Entry
from registry.people import APART_RULE, PersonState, are_apart
from registry.transitions import ConflictError


async def _plan(permit: Permit[AdminAct], connection: asyncpg.Connection, content: Mapping[str, Any]) -> Planned:
    person = await _person(connection, str(content.get("person", "")))
    duties = _duties(content)
    before = ", ".join(sorted(person.columns["duties"]))
    told = (f"duties: {before} → {', '.join(sorted(duties))}",)
    return Planned(person.id, person.revision, party_of(permit.principal)["agency"], told)


async def _apply(permit: Permit[AdminAct], connection: asyncpg.Connection, proposal: Stored) -> Sequence[Entry]:
    stored = await _person(connection, proposal.columns["item"])
    if stored.revision != proposal.columns["base"]:
        raise ConflictError("person", stored.revision)
    fresh = await update(connection, stored, duties=_duties(proposal.body["content"]))
    if not differences(stored.row, fresh.row):
        raise RuleError("duties", "the person has these duties already")
    act = AdminAct("person", "update", permit.act.why)
    return [act.permit_entry(permit.principal, "APPLIED", fresh.row, told=(stored.columns["agency"],))]


async def _person(connection: asyncpg.Connection, item: str) -> Stored:
    stored = await get(connection, "person", item, lock=True)
    if stored is None or stored.state == PersonState.LEFT.value:
        raise NotOnRecordError("person: not on record")
    return stored


def _duties(content: Mapping[str, Any]) -> list[str]:
    duties = list(content.get("duties", ()))
    if not duties or len({*duties}) != len(duties):
        raise RuleError("duties", "at least one is required, each at most once")
    if not are_apart(map(Duty, duties)):
        raise RuleError("duties", APART_RULE)
    return duties


DUTIES = Kind(Duty.ADMINISTER, Duty.ADMINISTER, 1, _plan, _apply)
"""Another set of duties for a person on record."""
