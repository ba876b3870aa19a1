"""Changes of the license register: issue, supersede, change states.

Each act and its ledger entries are one transaction: status list entries, envelopes, ledger entries, rows and events are
all stored, or none.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg

from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Requester
from exchange.licensing.drafts import Issuing, SealedDraft, seal_drafts
from exchange.licensing.recorder import LicenseRecorder
from registry.errors import NotOnRecordError, RuleError
from registry.ledger.appender import TransactionalAppender
from registry.ledger.leaf import Entry, Pseudonyms
from registry.licenses import indexes, records
from registry.licenses.events import add_events
from registry.licenses.license import Draft, License
from registry.licenses.rows import values_of
from registry.licenses.states import ISSUED, SUPERSEDED, TRANSITIONS, Change, LicenseState, published_status
from registry.transitions import ConflictError

MAX_BATCH = 1000
_MAX_WHY = 200


class NumberTakenError(NotOnRecordError):
    """The issuer has used this number for another license."""


class LicenseStore:
    """Writes licenses of this node's register."""

    def __init__(self, pool: asyncpg.Pool, appender: TransactionalAppender, pseudonyms: Pseudonyms) -> None:
        self._pool = pool
        self._recorder = LicenseRecorder(appender, pseudonyms)

    async def issue(self, issuing: Issuing, drafts: Sequence[Draft]) -> list[License | NumberTakenError]:
        """Issue checked drafts, at most a thousand, in one transaction.

        For a draft whose ``request`` was used before, the earlier license is returned, if the draft is the same, with
        an entry of its own.

        Returns:
            For each draft, in order, its license, or the error.
        """
        agency, kind = issuing.requester.agency.uscc, issuing.kind
        requests = [draft.request for draft in drafts]
        async with self._pool.acquire() as connection:
            known = await records.by_requests(connection, agency, kind.id, requests)
            # Allocated and sealed before locking, so that others do not wait; an unused status list entry is lost.
            fresh = [draft for draft in drafts if draft.request not in known]
            sealed = await seal_drafts(connection, issuing, fresh) if fresh else []
            async with connection.transaction():
                # If the same numbers are sent concurrently, the second transaction finds the licenses of the first.
                await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"issue {agency} {kind.id}")
                known |= await records.by_requests(connection, agency, kind.id, [item.draft.request for item in sealed])
                numbers = [item.draft.number for item in sealed if item.draft.request not in known]
                taken = await records.taken_numbers(connection, agency, kind.id, numbers)
                wanted = []
                for item in sealed:
                    if item.draft.request not in known and item.draft.number not in taken:
                        wanted.append(item)
                        taken.add(item.draft.number)
                made = await self._store(connection, issuing, wanted) if wanted else []
                again = [_outcome(draft, known[draft.request]) for draft in drafts if draft.request in known]
                await self._recorder.repeat(connection, issuing, [one for one in again if isinstance(one, License)])
        issued = {item.request: item for item in made}
        return [_outcome(draft, known.get(draft.request) or issued.get(draft.request)) for draft in drafts]

    async def supersede(self, issuing: Issuing, identifier: str, revision: int, draft: Draft) -> License:
        """Amend or renew: issue a new version, linked to the old one by digest, and supersede the old one.

        Raises:
            NotOnRecordError, ConflictError, IllegalTransitionError: as ``change``.
        """
        _check_why(issuing.act.reason)
        agency, kind = issuing.requester.agency.uscc, issuing.kind
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"issue {agency} {kind.id}")
            old = await _locked(connection, identifier, revision)
            if await records.by_requests(connection, agency, kind.id, [draft.request]):
                raise NumberTakenError("request: used before, for another license")
            if draft.number != old.number and await records.taken_numbers(connection, agency, kind.id, [draft.number]):
                raise NumberTakenError("number: taken by another license of this issuer and type")
            state = TRANSITIONS.after(Change.SUPERSEDE, old.state_now)
            now = datetime.now(UTC)
            await records.set_state(connection, identifier, state, issuing.act.reason, now)
            ended = replace(old, state=state, changed_at=now, revision=old.revision + 1)
            # The ledger's head is locked last, as in all changes of licenses, to avoid deadlocks.
            sealed = await seal_drafts(connection, issuing, [draft], old)
            await indexes.mark_changed(connection, [old.status_list])
            await self._recorder.change(connection, issuing.requester, issuing.act, [ended], SUPERSEDED)
            [fresh] = await self._store(connection, issuing, sealed)
        return fresh

    async def change(self, requester: Requester, act: RegisterAct, license_: License, change: Change) -> License:
        """Change a license's state; its ``revision`` is the one that the caller has seen.

        Raises:
            RuleError: there is no reason.
            NotOnRecordError: there is no such license.
            ConflictError: another change came first.
            IllegalTransitionError: the change is not permitted in this state.
        """
        _check_why(act.reason)
        now = datetime.now(UTC)
        async with self._pool.acquire() as connection, connection.transaction():
            old = await _locked(connection, license_.identifier, license_.revision)
            state = TRANSITIONS.after(change, old.state_now)
            await records.set_state(connection, old.identifier, state, act.reason, now)
            if published_status(state) is not published_status(old.state):
                await indexes.mark_changed(connection, [old.status_list])
            fresh = replace(old, state=state, why=act.reason, changed_at=now, revision=old.revision + 1)
            await self._recorder.change(connection, requester, act, [fresh], change.name)
        return fresh

    async def used(
        self,
        connection: asyncpg.Connection,
        requester: Requester,
        act: RegisterAct,
        found: Sequence[License],
        result: str,
        also: Entry,
    ) -> None:
        """Record the use of licenses, and the entry ``also`` before it, in the caller's transaction."""
        await self._recorder.append(
            connection, [also, *(self._recorder.entry(requester, act, item, result) for item in found)]
        )

    async def annotate(self, requester: Requester, act: RegisterAct, license_: License, until: str) -> License:
        """加注: annotate a license's record with author, reason and end.

        Raises:
            RuleError: as ``change``.
            NotOnRecordError: as ``change``.
            ConflictError: as ``change``.
            IllegalTransitionError: as ``change``.
        """
        _check_why(act.reason)
        note = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "by": requester.agency.name,
            "why": act.reason,
            "until": until,
        }
        async with self._pool.acquire() as connection, connection.transaction():
            old = await _locked(connection, license_.identifier, license_.revision)
            await records.set_annotation(connection, old.identifier, note)
            fresh = replace(old, annotation=note, revision=old.revision + 1)
            await self._recorder.change(connection, requester, act, [fresh], "ANNOTATED")
        return fresh

    async def flag(self, requester: Requester, act: RegisterAct, license_: License) -> License:
        """Flag a license for review with the act's reason; no reason removes the flag.

        Raises:
            RuleError: as ``change``.
            NotOnRecordError: as ``change``.
            ConflictError: as ``change``.
            IllegalTransitionError: as ``change``.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            old = await _locked(connection, license_.identifier, license_.revision)
            await records.set_flag(connection, old.identifier, act.reason)
            fresh = replace(old, flag=act.reason, revision=old.revision + 1)
            await self._recorder.change(connection, requester, act, [fresh], "FLAGGED" if act.reason else "UNFLAGGED")
        return fresh

    async def _store(
        self, connection: asyncpg.Connection, issuing: Issuing, sealed: Sequence[SealedDraft]
    ) -> list[License]:
        """Store sealed licenses in the caller's transaction, and return them with their receipts."""
        agency, kind = issuing.requester.agency.uscc, issuing.kind
        inactive = kind.activation and sealed[0].version == 1
        if inactive:
            await indexes.mark_changed(connection, list({item.place.status_list for item in sealed}))
        state = LicenseState.NOT_ACTIVATED if inactive else LicenseState.VALID
        values = [values_of(item.license(kind, agency, state)) for item in sealed]
        entries = [self._recorder.issued(issuing, *pair) for pair in zip(sealed, values, strict=True)]
        appended = await self._recorder.append(connection, entries)
        made = [item.license(kind, agency, state, appended.receipt(at)) for at, item in enumerate(sealed)]
        await records.add_licenses(connection, made, values, appended.growth.start)
        await add_events(connection, made, ISSUED, appended)
        return made


def _check_why(why: str) -> None:
    if not 0 < len(why.strip()) <= _MAX_WHY or "\x00" in why:
        raise RuleError("reason", f"1 to {_MAX_WHY} characters; a change needs a reason")


def _outcome(draft: Draft, found: License | None) -> License | NumberTakenError:
    if found is None:
        return NumberTakenError("number: taken by another license of this issuer and type")
    said = (draft.number, draft.holders, draft.fields, draft.valid_from, draft.valid_to, draft.photo)
    same = said == (found.number, found.holders, found.fields, found.valid_from, found.valid_to, found.photo)
    return found if same else NumberTakenError("request: used before, for another license")


async def _locked(connection: asyncpg.Connection, identifier: str, revision: int) -> License:
    found = await records.get_license(connection, identifier, lock=True)
    if found is None:
        raise NotOnRecordError("license: no such license")
    if found.revision != revision:
        raise ConflictError("license", found.revision)
    return found
