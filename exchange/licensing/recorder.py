"""Ledger entries and events of changed licenses, appended in the transaction of the change."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from exchange.acts.register_act import RegisterAct, permit_entry
from exchange.acts.requester import Requester
from exchange.licensing.drafts import Issuing, SealedDraft
from exchange.licensing.entries import about
from keys.license import ISSUED
from registry.content import Row, row_of, stored_rows
from registry.ledger.append import Appended
from registry.ledger.appender import TransactionalAppender
from registry.ledger.leaf import Entry, Pseudonyms
from registry.licenses.events import add_events
from registry.licenses.license import License


class LicenseRecorder:
    """Makes entries of licenses, and appends them with their events."""

    def __init__(self, appender: TransactionalAppender, pseudonyms: Pseudonyms) -> None:
        self._appender = appender
        self._pseudonyms = pseudonyms

    def issued(self, issuing: Issuing, item: SealedDraft, values: Mapping[str, Any]) -> Entry:
        """Return the entry of an issue; ``values`` are those of the row."""
        act = about(issuing.act, item.draft, item.place.identifier)
        agency = issuing.requester.agency.uscc
        row = row_of("license", values)
        return permit_entry(issuing.requester, act, ISSUED, item.digest, agency, self._pseudonyms, row)

    async def change(
        self,
        connection: asyncpg.Connection,
        requester: Requester,
        act: RegisterAct,
        changed: Sequence[License],
        event: str,
    ) -> None:
        """Append the entries and events of licenses whose rows have changed."""
        rows = await stored_rows(connection, "license", [item.identifier for item in changed])
        entries = [self.entry(requester, act, item, event, rows[item.identifier]) for item in changed]
        appended = await self.append(connection, entries)
        await add_events(connection, changed, event, appended)

    async def repeat(self, connection: asyncpg.Connection, issuing: Issuing, again: Sequence[License]) -> None:
        """Append the entries of licenses that were issued before and are returned again."""
        if again:
            entries = [self.entry(issuing.requester, issuing.act, item, "REPEATED") for item in again]
            await self.append(connection, entries)

    async def append(self, connection: asyncpg.Connection, entries: Sequence[Entry]) -> Appended:
        """Append entries."""
        return await self._appender.record(connection, entries)

    def entry(
        self, requester: Requester, act: RegisterAct, item: License, result: str, row: Row | None = None
    ) -> Entry:
        """Return the entry of an act on a license; ``row`` is the changed one."""
        return permit_entry(requester, about(act, item), result, item.digest, item.issuer, self._pseudonyms, row)
