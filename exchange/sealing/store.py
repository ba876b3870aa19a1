"""Changes of the register of seals, with four eyes: apply, approve, make, suspend, destroy.

Each change and its ledger entry are one transaction. Who may make a change is decided before (``access.over_seal``), on
a revision of the seal; here it must still be that revision, and the change one of the table of states.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.pki.key_vault import KeyVault
from keys.certificates import fingerprint
from keys.leaf.facts import RegisterFacts
from keys.printable import is_printable
from registry.agencies import Agency
from registry.content import stored_rows
from registry.errors import RuleError
from registry.ledger.appender import TransactionalAppender
from registry.ledger.leaf import Entry
from registry.seals import records
from registry.seals.seal import MAX_HOLDER, Application, Seal, check_application
from registry.seals.states import KEPT, TRANSITIONS, SealChange, SealState
from registry.transitions import IllegalTransitionError

_MAX_WHY = 200
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person (``channel/name``), and the entry of an act on a seal, by its outcome."""

    person: str
    entry: Callable[[str, Seal], Entry]


def by_operator(permit: Permit[Command]) -> Actor:
    """The operator of a command on the node's host."""
    command, operator = permit.act, permit.principal

    def entry(result: str, seal: Seal) -> Entry:
        return command.permit_entry(operator, result, object=seal.id, agency=seal.agency)

    return Actor(operator.id, entry)


class SealStore:
    """Writes the register of seals."""

    def __init__(self, pool: asyncpg.Pool, vault: KeyVault, appender: TransactionalAppender) -> None:
        self.pool = pool
        self._vault = vault
        self._appender = appender

    async def apply(self, actor: Actor, found: Application, agency: Agency) -> Seal:
        """Record an application.

        Raises:
            RuleError: it breaks a rule; names the field.
        """
        found = check_application(found, agency.name)
        async with self.pool.acquire() as connection, connection.transaction():
            seal = await records.add_application(connection, found, agency.region, actor.person)
            await self._record(connection, actor.entry("APPLIED", seal), seal)
        return seal

    async def change(self, actor: Actor, seal: Seal, change: SealChange, why: str) -> Seal:
        """Change a seal's state, except by making it; destroying it ends its keys and certificates.

        ``seal`` is as it was authorized.

        Raises:
            RuleError: there is no reason.
            NotOnRecordError, ConflictError, IllegalTransitionError: as their names say.
        """
        _check_why(why)
        async with self.pool.acquire() as connection, connection.transaction():
            old = await records.locked_seal(connection, seal.id, seal.revision)
            state = TRANSITIONS.after(change, old.state)
            approved_by = actor.person if change is SealChange.APPROVE else old.approved_by
            fresh = replace(old, state=state, revision=old.revision + 1, why=why, approved_by=approved_by)
            ended: list[str] = []
            if state is SealState.DESTROYED:
                # Revocation counts seconds: it begins with the next, so that earlier signatures of this one stay valid.
                since = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
                ended = await records.revoke_certificates(connection, old.id, since, why)
            await records.set_seal(connection, old.id, state, why=why, approved_by=approved_by)
            await self._record(connection, actor.entry(change.name, fresh), fresh, ended, "REVOKED")
        if state is SealState.DESTROYED:
            self._destroy_keys(old)  # after a crash before it, the node's next start does it
        return fresh

    async def hand_over(self, actor: Actor, seal: Seal, custodian: str, why: str) -> Seal:
        """Transfer a seal to another custodian; ``seal`` is as it was authorized.

        Raises:
            RuleError: as ``change``.
            NotOnRecordError: as ``change``.
            ConflictError: as ``change``.
            IllegalTransitionError: as ``change``.
        """
        _check_why(why)
        custodian = custodian.strip()
        if not 0 < len(custodian) <= MAX_HOLDER or not is_printable(custodian):
            raise RuleError("custodian", f"1 to {MAX_HOLDER} printable characters")
        async with self.pool.acquire() as connection, connection.transaction():
            old = await records.locked_seal(connection, seal.id, seal.revision)
            if old.state not in KEPT:
                raise IllegalTransitionError(f"seal: hand over is not possible when it is {old.state}")
            await records.set_seal(connection, old.id, old.state, custodian=custodian, why=why)
            fresh = replace(old, custodian=custodian, why=why, revision=old.revision + 1)
            await self._record(connection, actor.entry("HAND_OVER", fresh), fresh)
        return fresh

    async def make(self, actor: Actor, seal: Seal, agency: Agency) -> Seal:
        """Make an approved seal; ``seal`` is as it was authorized.

        Raises:
            RuleError: as ``change``, or no font has a character of its name.
            NotOnRecordError: as ``change``.
            ConflictError: as ``change``.
            IllegalTransitionError: as ``change``.
            UnsupportedError: as ``making.make``.
            KeyStoreError: as ``making.make``.
        """
        async with self.pool.acquire() as connection, connection.transaction():
            old = await records.locked_seal(connection, seal.id, seal.revision)
            TRANSITIONS.after(SealChange.MAKE, old.state)
            # Imported on first use: it includes typesetting, which serving does not need.
            from exchange.sealing.making import make  # noqa: PLC0415

            made = await asyncio.to_thread(make, self._vault, old, agency)
            fresh = replace(made.seal, made_by=actor.person, revision=old.revision + 1)
            certificates = [fingerprint(item) for item in (made.certificate, made.national)]
            try:
                for use, item in (("seal", made.certificate), ("national_seal", made.national)):
                    await records.add_certificate(connection, item, use, fresh.agency)
                await records.set_seal(
                    connection, old.id, fresh.state, made_by=actor.person, valid_from=fresh.valid_from,
                    valid_to=fresh.valid_to, key_name=fresh.key_name, certificate=certificates[0],
                    national_key_name=fresh.national_key_name, national_certificate=certificates[1],
                    eseal=fresh.eseal, picture=fresh.picture,
                )  # fmt: skip
                await self._record(connection, actor.entry("MAKE", fresh), fresh, certificates, "ADDED")
            except BaseException:
                self._destroy_keys(fresh)
                raise
        return fresh

    async def expire(self, entry: Callable[[Seal], Entry]) -> int:
        """Record every seal past its end as expired; return how many."""
        async with self.pool.acquire() as connection, connection.transaction():
            ended = await records.ended_seals(connection, datetime.now(UTC))
            for seal in ended:
                TRANSITIONS.after(SealChange.EXPIRE, seal.state)
            if ended:
                await records.expire_seals(connection, [seal.id for seal in ended])
                rows = await stored_rows(connection, "seal", [seal.id for seal in ended])
                await self._appender.record(connection, [replace(entry(seal), row=rows[seal.id]) for seal in ended])
        return len(ended)

    async def sweep(self) -> None:
        """Delete the keys of destroyed seals that a crash left."""
        async with self.pool.acquire() as connection:
            names = await records.destroyed_keys(connection)
        for name in set(names) & set(self._vault.store.names()):
            self._vault.store.destroy(name)
        self._vault.store.finish_destroying()

    async def _record(
        self, connection: asyncpg.Connection, entry: Entry, seal: Seal, certificates: Sequence[str] = (), what: str = ""
    ) -> None:
        """Record an act on a seal with its row, and changes of its certificates with their rows."""
        rows = await stored_rows(connection, "seal", [seal.id])
        entries = [replace(entry, row=rows[seal.id])]
        found = await stored_rows(connection, "certificate", certificates)
        for name in certificates:
            known_by = getattr(entry.facts, "operator", "")
            facts = RegisterFacts("register.certificate", "permit", what, name, seal.agency, operator=known_by)
            entries.append(Entry(facts, entry.opening, row=found[name]))
        await self._appender.record(connection, entries)

    def _destroy_keys(self, seal: Seal) -> None:
        """Delete a seal's keys; those that cannot be deleted now are left to ``sweep``."""
        try:
            for name in filter(None, (seal.key_name, seal.national_key_name)):
                self._vault.store.destroy(name)
        except OSError as error:  # what is on record stays done
            log.error("seal.keys_not_destroyed", seal=seal.id, error=type(error).__name__)


def _check_why(why: str) -> None:
    if not 0 < len(why.strip()) <= _MAX_WHY or not is_printable(why):
        raise RuleError("reason", f"1 to {_MAX_WHY} printable characters; a change needs a reason")
