"""States of the licenses on a status list, which is refused if it would say valid against the ledger.

Columns of rows are not trusted. A unique index permits one event ``ISSUED`` for each license, so a license that was
changed has an event of another name, by which it is found. Its last change of state is read from the leaf.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import asyncpg

from keys import cwt
from keys.encoding import base64url_decode, inflate
from keys.errors import KeysError
from keys.jws import decode_jws
from keys.statuslist import Status, pack
from registry.departures import require_recorded
from registry.errors import DepartedError
from registry.licenses.states import LicenseState, published_status

_REASON = "convert_from(e.leaf, 'UTF8')::json->>'reason'"
_LAST_CHANGE = f"""
SELECT said.reason FROM license_event n JOIN ledger_entry e ON e.index = n.index,
LATERAL (SELECT {_REASON} AS reason) said
WHERE n.identifier = l.identifier AND said.reason NOT IN ('ANNOTATED', 'FLAGGED', 'UNFLAGGED')
ORDER BY n.index DESC LIMIT 1
"""
"""The last change of a license's state, by the leaves of its events."""
_DEPARTED = f"""
SELECT EXISTS (
    SELECT FROM license_event v LEFT JOIN license l ON l.identifier = v.identifier
    WHERE v.status_list = $1 AND v.event <> 'ISSUED' AND CASE
        WHEN l.identifier IS NULL THEN v.salt IS NOT NULL
        WHEN (l.status_list, l.status_index) <> (v.status_list, v.status_index) THEN true
        WHEN l.state NOT IN ('valid', 'expired') THEN false
        ELSE coalesce(({_LAST_CHANGE}), '') NOT IN ('ISSUED', 'ACTIVATE', 'RESUME', 'EXPIRE')
    END
)
"""
"""Whether a changed license is missing without having been erased, has another place, or is said to be valid."""
_TO_ACTIVATE = "SELECT DISTINCT id FROM license_type WHERE (body->>'activation')::boolean"
_NEVER_ACTIVATED = f"""
SELECT l.identifier FROM license l
WHERE l.status_list = $1 AND l.state IN ('valid', 'expired')
AND l.type = ANY($2::text[])
AND NOT EXISTS (
    SELECT FROM license_event n JOIN ledger_entry e ON e.index = n.index
    WHERE n.identifier = l.identifier AND n.event <> 'ISSUED' AND {_REASON} = 'ACTIVATE'
)
"""
"""Licenses of types that need activation that are valid without it, as later versions of a license are."""


async def states(connection: asyncpg.Connection, number: int) -> list[tuple[int, Status]]:
    """Return the states other than valid on a list, as (index, status).

    Raises:
        DepartedError: a license would be published as valid, and is not by its last event in the ledger.
    """
    if await connection.fetchval(_DEPARTED, number):
        raise DepartedError("license")
    types = [row["id"] for row in await connection.fetch(_TO_ACTIVATE)]
    never = await connection.fetch(_NEVER_ACTIVATED, number, types)
    await require_recorded(connection, "license", [row["identifier"] for row in never])
    rows = await connection.fetch(
        "SELECT status_index, state FROM license WHERE status_list = $1 AND state NOT IN ('valid', 'expired')", number
    )
    return [(index, published_status(LicenseState(state))) for index, state in rows]


async def says_states(connection: asyncpg.Connection, row: Mapping[str, Any]) -> bool:
    """Return whether both forms of a published list have the states of its licenses by the ledger.

    ``row`` is that of the publication, with the list's agency and size.
    """
    with suppress(KeysError, DepartedError, AttributeError, TypeError, KeyError, IndexError, ValueError):
        said: Any = decode_jws(row["jwt"], "status list")[1]
        also = cwt.Cwt.parse(row["cwt"], "status list").unverified_claims
        own = row["agency"], int(row["issued_at"].timestamp())
        both = {(said["sub"], said["iss"], said["iat"]), (also[cwt.SUBJECT], also[cwt.ISSUER], also[cwt.ISSUED_AT])}
        packed = base64url_decode(said["status_list"]["lst"], "lst"), also[cwt.STATUS_LIST]["lst"]
        data = pack(row["size"], await states(connection, row["list"]))
        return (
            [item[1:] for item in both] == [own]
            and said["sub"].endswith(f"/{row['list']}")
            and all(inflate(item, row["size"], "lst") == data for item in packed)
        )
    return False
