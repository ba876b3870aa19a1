"""即时推送: events of licenses are sent to those who may see them as soon as they are committed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import structlog

from exchange.acts.act import Permit
from exchange.acts.call import Call
from exchange.acts.failures import RefusedError
from exchange.acts.perform import perform
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Requester
from exchange.licensing.desk import Desk
from registry.connection import connect
from registry.errors import RuleError, StorageError
from registry.identifiers import SubjectKind, parse_identifier
from registry.licenses.events import CHANNEL, LicenseEvent, events_after
from registry.licenses.holders import HolderKind, subject_kinds

_HEARTBEAT_SECONDS = 1.0
_MAX_WATCHED = 100
log = structlog.get_logger(__name__)


def _kinds_of(code: str) -> list[SubjectKind]:
    """The kinds of subject that a holder's code can be."""
    found = []
    for kind in dict.fromkeys(kind for holder in HolderKind for kind in subject_kinds(holder)):
        with suppress(RuleError):
            parse_identifier(kind, code)
            found.append(kind)
    return found


class EventWatch:
    """Wakes those who wait for events; without its connection they look once a second all the same."""

    def __init__(self, url: str, desk: Desk) -> None:
        self._url = url
        self._desk = desk
        self._connection: asyncpg.Connection | None = None
        self._happened = asyncio.Condition()
        self._listening = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            with suppress(asyncpg.InterfaceError, OSError):
                await self._connection.close()

    async def seen_by(
        self, call: Call, act: RegisterAct, types: Sequence[str], regions: Sequence[str], holders: Sequence[str]
    ) -> list[str] | Refusal:
        """The types whose events a requester may see, of those asked for; the subscription is on the record."""

        async def work(permit: Permit[RegisterAct]) -> list[str]:
            requester = permit.requester
            if len(holders) > _MAX_WATCHED or any("\x00" in item for item in (*holders, *regions)):
                raise RefusedError(Refusal(Reason.INVALID_REQUEST, f"at most {_MAX_WATCHED} holders", "holders"))
            allowed = [kind for kind in self._desk.types if self._may_see(requester, kind)]
            if odd := [kind for kind in types if kind not in allowed]:
                raise RefusedError(Refusal(Reason.NO_GRANT, f"no grant for the events of {odd[0]}", "types"))
            if holders and not all(self._keeps(requester, kind) for kind in types or allowed):
                detail = "only issuers, keepers and supervisors watch by holder"
                raise RefusedError(Refusal(Reason.NO_GRANT, detail, "holders"))
            subjects = [f"{kind}:{code}" for code in holders for kind in _kinds_of(code)]
            await self._desk.record(requester, replace(act, subjects=subjects), [], "WATCHED")
            return list(types) or allowed

        return await perform(self._desk.road, call, act, work)

    def may_see(self, call: Call, kind: str) -> Refusal | None:
        """Whether a requester may see events of a type, now."""
        requester = self._desk.road.identify(call.certificate).requester
        if isinstance(requester, Refusal):
            return requester
        if kind not in self._desk.types or not self._may_see(requester, kind):
            return Refusal(Reason.NO_GRANT, f"no grant for the events of {kind} any more", "types")
        return None

    async def events(
        self, after: int, types: Sequence[str], regions: Sequence[str], holders: Sequence[str]
    ) -> AsyncIterator[LicenseEvent]:
        """Events after an index, for ever."""
        async with self._listening:
            await self._listen()
        while True:
            async with self._desk.pool.acquire() as connection:
                found = await events_after(connection, after, types, regions, holders)
            for event in found:
                after = event.index
                yield event
            if not found:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_HEARTBEAT_SECONDS), self._happened:
                        await self._happened.wait()

    async def _listen(self) -> None:
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await connect(self._url)
                await self._connection.add_listener(CHANNEL, self._wake)
            except (StorageError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                log.warning("license.events_by_heartbeat", error=type(error).__name__)

    def _wake(self, *_: object) -> None:
        task = asyncio.ensure_future(self._notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _notify(self) -> None:
        async with self._happened:
            self._happened.notify_all()

    def _keeps(self, requester: Requester, kind_id: str) -> bool:
        kind = self._desk.types[kind_id]
        return requester.agency.uscc in (*kind.issuers, kind.source, kind.supervisor)

    def _may_see(self, requester: Requester, kind_id: str) -> bool:
        now = datetime.now(UTC)
        grants = self._desk.state.register.grants.get(self._desk.types[kind_id].dataset_id, ())
        return self._keeps(requester, kind_id) or any(
            item.agency == requester.agency.uscc and item.valid_from <= now < item.valid_to for item in grants
        )
