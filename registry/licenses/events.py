"""The outbox of license events in order of commit; an event has the index of its ledger entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from registry.ledger.append import Appended
from registry.licenses.license import License
from registry.licenses.states import LicenseState

CHANNEL = "yici_license_event"
MAX_EVENTS = 1000
_COLUMNS = (
    "index", "identifier", "type", "issuer", "event", "state", "revision", "at", "salt", "status_list", "status_index",
)  # fmt: skip
_SELECT = "SELECT e.index, e.identifier, e.type, e.issuer, e.event, e.state, e.revision, e.at FROM license_event e"


@dataclass(frozen=True, slots=True)
class LicenseEvent:
    """An event of a license; ``index`` is that of its ledger entry, and the token to resume after it."""

    index: int
    identifier: str
    type: str
    issuer: str
    event: str
    state: LicenseState
    revision: int
    at: datetime


async def add_events(
    connection: asyncpg.Connection, changed: Sequence[License], event: str, appended: Appended
) -> None:
    """Insert events of changed licenses, with the salts of their rows, in the transaction of the changes.

    ``appended`` are the entries of these licenses, in the same order.
    """
    rows = [
        (
            index, item.identifier, item.type, item.issuer, event, item.state.value, item.revision, leaf.at,
            leaf.draft.row_salt, item.status_list, item.status_index,
        )
        for index, (item, leaf) in enumerate(zip(changed, appended.leaves, strict=True), appended.growth.start)
    ]  # fmt: skip
    await connection.copy_records_to_table("license_event", records=rows, columns=_COLUMNS)


async def events_of(connection: asyncpg.Connection, identifier: str) -> list[LicenseEvent]:
    """Return all events of one license, oldest first."""
    return [
        _event(row) for row in await connection.fetch(f"{_SELECT} WHERE e.identifier = $1 ORDER BY e.index", identifier)
    ]


async def events_after(
    connection: asyncpg.Connection, index: int, types: Sequence[str], regions: Sequence[str], holders: Sequence[str]
) -> list[LicenseEvent]:
    """Return the next events after an index, at most a thousand, of licenses of the given types.

    Args:
        connection: a connection to the registry's database.
        index: the index of the last event that was read; -1 for none.
        types: the ids of license types whose events are returned.
        regions: prefixes of the issuers' region codes; empty for all.
        holders: the holders' codes; empty for all.
    """
    rows = await connection.fetch(
        f"{_SELECT} WHERE e.index > $1 AND e.type = ANY($2::text[]) AND (cardinality($3::text[]) = 0 OR EXISTS "
        "(SELECT FROM agency a, unnest($3::text[]) wanted WHERE a.uscc = e.issuer AND a.region LIKE wanted || '%')) "
        "AND (cardinality($4::text[]) = 0 OR EXISTS (SELECT FROM license_holder h "
        "WHERE h.identifier = e.identifier AND h.code = ANY($4::text[]))) ORDER BY e.index LIMIT $5",
        index, list(types), list(regions), list(holders), MAX_EVENTS,
    )  # fmt: skip
    return [_event(row) for row in rows]


def _event(row: asyncpg.Record) -> LicenseEvent:
    return LicenseEvent(**(dict(row) | {"state": LicenseState(row["state"])}))
