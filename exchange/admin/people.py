"""People on record: enrolled, suspended, resumed, leaving, and named deputy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from exchange.acts.admin_act import AdminAct, ItemTarget
from exchange.acts.call import Call
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.admin.desk import Changed, Desk
from exchange.admin.etags import require_etag
from registry.agencies import Duty
from registry.content import stored_rows
from registry.errors import NotOnRecordError, RuleError
from registry.identifiers import SubjectKind, parse_identifier
from registry.items import Stored, get, insert, new_id, page, update
from registry.ledger.leaf import Entry
from registry.parsing import parse
from registry.people import APART, APART_RULE, TRANSITIONS, Person, PersonChange, PersonState, are_apart

_LONGEST = timedelta(days=366)
_RESULTS = {PersonChange.SUSPEND: "SUSPENDED", PersonChange.RESUME: "RESUMED", PersonChange.LEAVE: "LEFT"}
_BY_PROPOSAL = "administer, audit and operate are given by a proposal that another person approves"
_REVOKE = """
UPDATE certificate SET revoked_at = $2, revoked_why = 'left', revision = revision + 1
WHERE use = 'person' AND holder = $1 AND revoked_at IS NULL RETURNING fingerprint
"""


@dataclass(frozen=True, slots=True)
class Enrolling:
    """A person to enrol; of the citizen id, the register keeps a pseudonym alone."""

    agency: str
    number: str
    name: str
    duties: Sequence[str]
    citizen_id: str = ""


class People:
    """The register of people, at a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def create(self, call: Call, act: AdminAct, wanted: Enrolling, *, dry: bool = False) -> Changed | Refusal:
        """Enrol a person; one human is on record once."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Changed | Refusal:
            made = {"agency": wanted.agency, "number": wanted.number, "name": wanted.name, "duties": [*wanted.duties]}
            person = parse(Person, {"id": new_id("p"), **made}, "person")
            if APART.intersection(person.duties):
                raise RuleError("person.duties", _BY_PROPOSAL)
            identity = None
            if wanted.citizen_id:
                code = parse_identifier(SubjectKind.CITIZEN_ID, wanted.citizen_id)
                identity = self._desk.road.pseudonyms.of(f"{SubjectKind.CITIZEN_ID}:{code}")
            over = Desk.over(permit, ItemTarget("person", person.id, owner=person.agency))
            if isinstance(over, Refusal):
                return over
            if await get(connection, "agency", person.agency) is None:
                raise RuleError("person.agency", "not on record")
            stored = await insert(connection, "person", person.id, PersonState.ACTIVE.value, identity=identity, **made)
            return Changed(stored, stored.row, "ADDED", told=(person.agency,))

        return await self._desk.change(call, act, work, dry=dry)

    async def change(
        self, call: Call, act: AdminAct, change: PersonChange, etag: str, *, dry: bool = False
    ) -> Changed | Refusal:
        """Change the state of a person; leaving ends their certificates, too."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Changed | Refusal:
            stored = await _known(permit, connection, act.item, lock=True)
            if isinstance(stored, Refusal):
                return stored
            require_etag(etag, stored)
            state = TRANSITIONS.after(change, PersonState(stored.state))
            fresh = await update(connection, stored, state.value)
            more: list[Entry] = []
            if change is PersonChange.LEAVE:
                ended = [row["fingerprint"] for row in await connection.fetch(_REVOKE, stored.id, datetime.now(UTC))]
                rows = await stored_rows(connection, "certificate", ended)
                revoking = AdminAct("certificate", "revoke", act.why)
                more = [revoking.permit_entry(permit.principal, "REVOKED", rows[name]) for name in ended]
            return Changed(fresh, fresh.row, _RESULTS[change], tuple(more), told=(stored.columns["agency"],))

        return await self._desk.change(call, act, work, dry=dry)

    async def set_deputy(
        self, call: Call, act: AdminAct, deputy: str, since: datetime | None, until: datetime | None, etag: str,
    ) -> Changed | Refusal:  # fmt: skip
        """Name a deputy of the person who acts, for a time; without one, end that."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Changed | Refusal:
            stored = await _known(permit, connection, act.item, lock=True)
            if isinstance(stored, Refusal):
                return stored
            require_etag(etag, stored)
            values: dict[str, Any] = {"deputy": None, "deputy_from": None, "deputy_to": None}
            if deputy:
                await _check_deputy(connection, stored, deputy)
                if since is None or until is None or not since < until <= since + _LONGEST:
                    raise RuleError("until_time", "must be after from_time, by a year at most")
                values = {"deputy": deputy, "deputy_from": since, "deputy_to": until}
            fresh = await update(connection, stored, **values)
            return Changed(fresh, fresh.row, "DEPUTY_NAMED" if deputy else "DEPUTY_ENDED")

        return await self._desk.change(call, act, work)

    async def get(self, call: Call, act: AdminAct) -> Stored | Refusal:
        """Return the person that an act names, or who acts."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Stored | Refusal:
            return await _known(permit, connection, act.item or permit.principal.id)

        return await self._desk.read(call, act, work)

    async def list(
        self, call: Call, act: AdminAct, agency: str, where: str, values: Sequence[str], after: str, limit: int
    ) -> Sequence[Stored] | Refusal:
        """Return people of an agency, in order of their ids."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Sequence[Stored] | Refusal:
            over = Desk.over(permit, ItemTarget("person", agency, owner=agency))
            if isinstance(over, Refusal):
                return over
            of = f"agency = ${len(values) + 1}" + (f" AND {where}" if where else "")
            return await page(connection, "person", of, [*values, agency], after, limit)

        return await self._desk.read(call, act, work)


async def _known(
    permit: Permit[AdminAct], connection: asyncpg.Connection, item: str, *, lock: bool = False
) -> Stored | Refusal:
    stored = await get(connection, "person", item, lock=lock)
    if stored is None:
        raise NotOnRecordError("person: not on record")
    target = ItemTarget("person", stored.id, stored.state, owner=stored.columns["agency"], proposer=stored.id)
    over = Desk.over(permit, target)
    return over if isinstance(over, Refusal) else stored


async def _check_deputy(connection: asyncpg.Connection, stored: Stored, deputy: str) -> None:
    other = await get(connection, "person", deputy)
    fit = other is not None and other.id != stored.id and other.state == PersonState.ACTIVE.value
    if other is None or not fit or other.columns["agency"] != stored.columns["agency"]:
        raise RuleError("deputy", "must be another active person of the agency")
    if not are_apart({Duty(item) for found in (stored, other) for item in found.columns["duties"]}):
        raise RuleError("deputy", APART_RULE)
