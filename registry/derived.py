"""What is made of the registers' rows and the ledger's leaves, compared with them.

Holders and events of licenses, the index of entries by row, places and published states on status lists, and the files
of documents.
"""

from collections.abc import AsyncIterator, Mapping

import asyncpg

from registry.departures import Change, Departure
from registry.documents.manifest import Listed, listed_files
from registry.licenses.indexes import is_allocated
from registry.licenses.listed import says_states

_QUERIES = (
    # By whom licenses are found: as their rows say.
    """
    SELECT 'license-holder' AS register, identifier AS id, change, NULL::bigint AS index FROM (
        SELECT identifier, 'removed' AS change FROM (
            SELECT l.identifier, l.type, h->>'kind', h->>'code' FROM license l, jsonb_array_elements(l.holders) h
            EXCEPT ALL SELECT identifier, type, kind, code FROM license_holder) missing
        UNION ALL SELECT identifier, 'added' FROM (
            SELECT identifier, type, kind, code FROM license_holder
            EXCEPT ALL
            SELECT l.identifier, l.type, h->>'kind', h->>'code' FROM license l, jsonb_array_elements(l.holders) h) more
    ) found
    """,
    # By which entries rows are found: as the leaves say.
    """
    SELECT 'license-event' AS register, coalesce(v.identifier, r.key) AS id,
           CASE WHEN v.index IS NULL THEN 'removed' WHEN r.index IS NULL THEN 'added' ELSE 'changed' END AS change,
           coalesce(r.index, v.index) AS index
    FROM (SELECT * FROM recorded WHERE register = 'license') r
    FULL JOIN (
        SELECT v.*, l.digest, (l.status_list, l.status_index) IS DISTINCT FROM (v.status_list, v.status_index) AS moved,
               CASE event
                   WHEN 'ISSUED' THEN CASE WHEN l.version = 1 AND (
                       SELECT (t.body->>'activation')::boolean FROM license_type t
                       WHERE t.id = l.type AND t.version = l.type_version
                   ) THEN 'not_activated' ELSE 'valid' END
                   WHEN 'ACTIVATE' THEN 'valid' WHEN 'RESUME' THEN 'valid' WHEN 'SUSPEND' THEN 'suspended'
                   WHEN 'CANCEL' THEN 'cancelled' WHEN 'REVOKE' THEN 'revoked' WHEN 'SUPERSEDED' THEN 'superseded'
                   WHEN 'EXPIRE' THEN 'expired' ELSE lag(v.state) OVER (PARTITION BY v.identifier ORDER BY v.index)
               END AS follows
        FROM license_event v LEFT JOIN license l ON l.identifier = v.identifier
    ) v
    ON v.index = r.index
    WHERE r.index IS NULL OR NOT (r.erased AND v.digest IS NULL)
          AND (v.index IS NULL OR v.revision <> r.version OR v.digest IS DISTINCT FROM r.key
               OR v.event <> r.reason OR 'license.' || v.type <> r.dataset OR v.issuer <> r.source
               OR date_trunc('milliseconds', v.at) <> r.at OR v.moved OR v.state IS DISTINCT FROM v.follows)
    """,
    """
    SELECT 'register-entry' AS register, coalesce(v.id, r.key) AS id,
           CASE WHEN v.index IS NULL THEN 'removed' ELSE 'added' END AS change, coalesce(r.index, v.index) AS index
    FROM (SELECT * FROM recorded WHERE register <> 'license') r
    FULL JOIN register_entry v ON v.index = r.index AND v.register = r.register AND v.id = r.key
    WHERE r.index IS NULL OR v.index IS NULL AND NOT r.erased
    """,
    # Places on status lists: each given to one license, and none beyond those given out.
    """
    SELECT 'status-list' AS register, list::text || ' ' || coalesce(place::text, '') AS id, 'changed' AS change,
           NULL::bigint AS index
    FROM (
        SELECT status_list AS list, status_index AS place FROM license GROUP BY 1, 2 HAVING count(*) > 1
        UNION ALL SELECT l.status_list, NULL FROM license l LEFT JOIN status_list s ON s.list = l.status_list
        GROUP BY l.status_list, s.used HAVING s.used IS NULL OR count(*) > s.used
        UNION ALL SELECT l.status_list, NULL FROM license l JOIN status_list s ON s.list = l.status_list
        WHERE l.issuer <> s.agency GROUP BY 1
        UNION ALL SELECT p.list, NULL FROM status_publication p LEFT JOIN status_list s ON s.list = p.list
        WHERE s.list IS NULL OR p.changes > s.changes GROUP BY 1
    ) found
    """,
)
"""What departs from the rows and leaves that it is made of; ``recorded`` is what ``registry.conformity`` gathers."""

_FILES = """
SELECT document, name, media_type, encode(sha256(data), 'hex') AS digest FROM document_file
WHERE document = ANY($1::text[]) ORDER BY document, position
"""
_PUBLISHED = """
SELECT DISTINCT ON (p.list) p.list, p.jwt, p.cwt, p.issued_at, s.agency, s.size
FROM status_publication p JOIN status_list s USING (list)
WHERE p.changes = s.changes ORDER BY p.list, p.issued_at DESC
"""
_PLACES = """
SELECT l.status_list, l.status_index, s.used, s.secret FROM license l JOIN status_list s ON s.list = l.status_list
"""


async def derived_departures(connection: asyncpg.Connection) -> AsyncIterator[Departure]:
    """Yield what departs from the rows and leaves from which it is derived."""
    for query in _QUERIES:
        async for row in connection.cursor(query):
            yield Departure(row["register"], row["id"], Change(row["change"]), row["index"])
    misplaced = {
        row["status_list"]
        async for row in connection.cursor(_PLACES)
        if not is_allocated(row["secret"], row["used"], row["status_index"])
    }
    for number in sorted(misplaced):
        yield Departure("status-list", str(number), Change.CHANGED, None)
    for row in await connection.fetch(_PUBLISHED):
        if not await says_states(connection, row):
            yield Departure("status-list", str(row["list"]), Change.CHANGED, None)


async def odd_documents(connection: asyncpg.Connection, manifests: Mapping[str, bytes]) -> set[str]:
    """Return the documents whose files are not those that their manifests list."""
    found: dict[str, list[Listed]] = {name: [] for name in manifests}
    for row in await connection.fetch(_FILES, list(manifests)):
        found[row["document"]].append((row["name"], row["media_type"], row["digest"]))
    return {name for name, manifest in manifests.items() if listed_files(manifest) != found[name]}
