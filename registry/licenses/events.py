"""The outbox of license events in order of commit; an event has the index of its ledger entry.

Events are rows, which are compared with the leaves of their entries whenever they are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from keys.errors import KeysError
from keys.leaf.facts import ActFacts
from keys.leaf.reading import read_leaf
from registry.errors import DepartedError
from registry.ledger.append import Appended
from registry.licenses.license import License
from registry.licenses.states import ISSUED, STATE_AFTER, LicenseState

CHANNEL = "yici_license_event"
MAX_EVENTS = 1000
_COLUMNS = (
    "index", "identifier", "type", "issuer", "event", "state", "revision", "at", "salt", "status_list", "status_index",
)  # fmt: skip
_EVENT = ("index", "identifier", "type", "issuer", "event", "state", "revision", "at")
_SELECT = f"""
SELECT {", ".join(f"e.{name}" for name in _EVENT)}, e.salt IS NULL AS erased, c.leaf, l.digest, changed.reason, EXISTS (
    SELECT FROM license_type t
    WHERE t.id = l.type AND t.version = l.type_version AND l.version = 1 AND (t.body->>'activation')::boolean
) AS activation
FROM license_event e LEFT JOIN ledger_entry c ON c.index = e.index LEFT JOIN license l ON l.identifier = e.identifier
LEFT JOIN LATERAL (
    SELECT said.reason FROM license_event n JOIN ledger_entry m ON m.index = n.index,
    LATERAL (SELECT convert_from(m.leaf, 'UTF8')::json->>'reason' AS reason) said
    WHERE n.identifier = e.identifier AND n.index <= e.index AND said.reason = ANY('{{{",".join(STATE_AFTER)}}}')
    ORDER BY n.index DESC LIMIT 1
) changed ON true
"""
"""Events, each with its leaf, the license's digest, and the last change of state until then by the leaves."""


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
    """Return all events of one license, oldest first.

    Raises:
        DepartedError: one is missing, or is not as the ledger records it.
    """
    rows = await connection.fetch(f"{_SELECT} WHERE e.identifier = $1 ORDER BY e.index", identifier)
    found = [_event(row) for row in rows]
    if [item.revision for item in found] != list(range(1, len(found) + 1)):
        raise DepartedError("license")
    return found


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

    Raises:
        DepartedError: one is not as the ledger records it.
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
    event = LicenseEvent(**{name: row[name] for name in _EVENT} | {"state": LicenseState(row["state"])})
    if not _is_recorded(event, row):
        raise DepartedError("license")
    return event


def _is_recorded(event: LicenseEvent, row: asyncpg.Record) -> bool:
    """Return whether an event is as its leaf says; a license may be missing only if it was erased."""
    try:
        leaf = read_leaf(row["leaf"] or b"")
    except KeysError:
        return False
    facts, at = leaf.facts, event.at.replace(microsecond=event.at.microsecond // 1000 * 1000)
    if not isinstance(facts, ActFacts) or (row["digest"] is None and not row["erased"]):
        return False
    unactivated = row["reason"] == ISSUED and row["activation"]
    state = LicenseState.NOT_ACTIVATED if unactivated else STATE_AFTER.get(row["reason"])
    said = (facts.dataset, facts.source, facts.reason, facts.version, leaf.at, state)
    shown = (f"license.{event.type}", event.issuer, event.event, event.revision, at, event.state)
    return said == shown and row["digest"] in (facts.answer, None)
