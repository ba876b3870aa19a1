"""即时推送: license events, sent to permitted systems as soon as they are committed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import asyncpg
import structlog

from exchange.acts.call import Call
from exchange.acts.perform import perform, permitted
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.register_act import RegisterAct
from exchange.licensing.access import over_type
from exchange.licensing.service import LicenseService
from registry.connection import DATABASE_ERRORS
from registry.errors import RuleError, StorageError
from registry.identifiers import SubjectKind, parse_identifier
from registry.licenses.events import CHANNEL, LicenseEvent, events_after
from registry.licenses.holders import HolderKind, subject_kinds

_HEARTBEAT_SECONDS = 1.0
_MAX_WATCHED = 100
log = structlog.get_logger(__name__)


def _kinds_of(code: str) -> list[SubjectKind]:
    """Return the kinds of subject that a holder's code can be."""
    found = []
    for kind in dict.fromkeys(kind for holder in HolderKind for kind in subject_kinds(holder)):
        with suppress(RuleError):
            parse_identifier(kind, code)
            found.append(kind)
    return found


class EventWatch:
    """Wakes waiting streams of events; without its connection they poll once a second."""

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], service: LicenseService) -> None:
        """Create a watch; ``connect`` opens its connection when the first stream needs it."""
        self._connect = connect
        self._service = service
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
        """Return the types whose events a requester may see, of those requested; record the subscription."""

        async def work(permit: Permit[RegisterAct]) -> list[str] | Refusal:
            if len(holders) > _MAX_WATCHED or any("\x00" in item for item in (*holders, *regions)):
                return Refusal(Reason.INVALID_REQUEST, f"at most {_MAX_WATCHED} holders", "holders")
            allowed = [kind for kind in permit.state.register.license_types if isinstance(_over(permit, kind), Permit)]
            if not allowed:
                return Refusal(Reason.NO_GRANT, f"{permit.requester.agency.name} has no grant for any events", "types")
            for kind in types or (allowed if holders else ()):
                over = _over(permit, kind)
                if isinstance(over, Refusal):
                    return replace(over, field="types")
                over = _over(permit, kind, "watch_holders") if holders else over
                if isinstance(over, Refusal):
                    return replace(over, field="holders")
            subjects = [f"{kind}:{code}" for code in holders for kind in _kinds_of(code)]
            await self._service.record(permit.requester, replace(act, subjects=subjects), [], "WATCHED")
            return list(types) or allowed

        return await perform(self._service.road, call, act, work)

    def may_see(self, call: Call, act: RegisterAct, kind: str) -> Refusal | None:
        """Return why a requester may no longer see events of a type, or None."""
        road = self._service.road
        permit = permitted(road.state, road.caller(call).requester, act)
        over = permit if isinstance(permit, Refusal) else _over(permit, kind)
        return replace(over, field="types") if isinstance(over, Refusal) else None

    async def events(
        self, after: int, types: Sequence[str], regions: Sequence[str], holders: Sequence[str]
    ) -> AsyncIterator[LicenseEvent]:
        """Yield events after an index, without end."""
        async with self._listening:
            await self._listen()
        while True:
            async with self._service.pool.acquire() as connection:
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
                self._connection = await self._connect()
                await self._connection.add_listener(CHANNEL, self._wake)
            except (*DATABASE_ERRORS, StorageError) as error:
                log.warning("license.events_by_heartbeat", error=type(error).__name__)

    def _wake(self, *_: object) -> None:
        task = asyncio.ensure_future(self._notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _notify(self) -> None:
        async with self._happened:
            self._happened.notify_all()


def _over(permit: Permit[RegisterAct], kind: str, name: str = "watch") -> Permit[RegisterAct] | Refusal:
    return over_type(permit, kind, name, ())
