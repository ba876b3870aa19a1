"""A download: a code is used up, its use recorded, and the watermarked page made; or a refusal is on the record."""

import asyncpg

from exchange.acts.bursts import Bursts
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.register_act import NO_BASIS, RegisterAct, permit_entry
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState
from exchange.licensing.entries import about
from exchange.licensing.printer import Printer
from registry.agencies import State
from registry.basis import Basis
from registry.errors import NotOnRecordError
from registry.ledger.appender import TransactionalAppender
from registry.ledger.leaf import Pseudonyms
from registry.licenses import codes, records
from registry.licenses.codes import Code, CodeState, CodeUse


class Downloads:
    """Hands out pages for codes, by one reading of the register."""

    def __init__(
        self,
        state: NodeState,
        printer: Printer,
        appender: TransactionalAppender,
        bursts: Bursts,
        pseudonyms: Pseudonyms,
    ) -> None:
        """``bursts`` puts refusals on the record."""
        self._state = state
        self._register = state.register
        self._printer = printer
        self._appender = appender
        self._bursts = bursts
        self._pseudonyms = pseudonyms

    async def take(self, connection: asyncpg.Connection, code: str) -> bytes:
        """The PDF behind a code, watermarked with its purpose and requester; the code is good once.

        What is no code of ours is refused before anything is written: whoever may guess is not to make entries.

        Raises:
            NotOnRecordError: unknown; or (which is recorded) past its end, used, or of a maker that may not have it.
        """
        if not await codes.is_known(connection, CodeUse.DOWNLOAD, code):
            raise NotOnRecordError(codes.UNKNOWN)
        try:
            async with connection.transaction():
                return await self._take(connection, code)
        except NotOnRecordError as error:
            refusal = Refusal(Reason.CODE_UNKNOWN, str(error))
            act = RegisterAct("download", NO_BASIS)
            entry = act.refused(refusal, refusal, self._register, self._pseudonyms)
            await self._bursts.record(f"code {code}", refusal.reason, lambda: entry)
            raise

    async def _take(self, connection: asyncpg.Connection, code: str) -> bytes:
        made = await codes.locked_code(connection, code)
        if made is None or made.state is not CodeState.OPEN:
            raise NotOnRecordError(codes.UNKNOWN)
        requester = self._requester(made)
        found = await records.get_license(connection, made.identifiers[0])
        if found is None:
            raise NotOnRecordError("license: no such license")
        page = await self._printer.page(self._state, found, made.purpose)
        if isinstance(page, Refusal):
            raise NotOnRecordError(page.detail)
        basis = Basis(**made.basis) if made.basis else NO_BASIS
        act = about(RegisterAct("download", basis, reason=made.purpose), found)
        entry = permit_entry(requester, act, "DOWNLOADED", found.digest, found.issuer, self._pseudonyms)
        await codes.use_up(connection, code, "download")
        await self._appender.record(connection, [entry])
        return page

    def _requester(self, made: Code) -> Requester:
        """Who made the code, if that system is still one that would be answered."""
        for item in self._register.certificates.values():
            if item.system.id == made.made_by and item.system.state is State.ACTIVE and not item.revoked:
                return Requester(item.agency, item.system)
        raise NotOnRecordError("code: the system that made it may not use it any more")
