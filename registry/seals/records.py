"""Rows of seals in the database, written in the transaction of their ledger entries."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import orjson
from cryptography import x509

from keys.certificates import der, fingerprint
from registry.departures import departed_of, require_recorded
from registry.errors import NotOnRecordError
from registry.parsing import parse
from registry.seals.kinds import SealKind
from registry.seals.rules import SealRule
from registry.seals.seal import Application, Made, Seal
from registry.seals.states import SealState
from registry.transitions import ConflictError

_ALWAYS = date(1, 1, 1)
_SELECT = """
SELECT s.*, c.der AS der, n.der AS national_der, c.revoked_at, n.revoked_at AS national_revoked_at FROM seal s
LEFT JOIN certificate c ON c.fingerprint = s.certificate
LEFT JOIN certificate n ON n.fingerprint = s.national_certificate
"""
_IN_FORCE = f"{_SELECT} WHERE s.state = 'active' AND c.revoked_at IS NULL AND n.revoked_at IS NULL"
_OLDEST_FIRST = "ORDER BY s.since, s.id"


async def add_application(connection: asyncpg.Connection, found: Application, region: str, person: str) -> Seal:
    """Insert an application under a new number: the region's code and a serial number."""
    serial = await connection.fetchval("SELECT nextval('seal_serial')")
    seal = Seal(
        f"{region}{serial:08}", found.agency, found.kind, found.name, SealState.APPLIED, 1, found.holder, found.years,
        person, custodian=found.custodian,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO seal (id, agency, kind, name, state, holder, years, applied_by, custodian) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        seal.id, seal.agency, seal.kind.value, seal.name, seal.state.value, seal.holder, seal.years, person,
        seal.custodian,
    )  # fmt: skip
    return seal


async def locked_seal(connection: asyncpg.Connection, seal: str, revision: int) -> Seal:
    """Return a seal, locked until the transaction ends.

    Raises:
        NotOnRecordError: there is no such seal.
        ConflictError: it has another revision.
        DepartedError: it is not as the ledger records it.
    """
    row = await connection.fetchrow(f"{_SELECT} WHERE s.id = $1 FOR UPDATE OF s", seal)
    if row is None:
        raise NotOnRecordError("seal: no such seal")
    if row["revision"] != revision:
        raise ConflictError("seal", row["revision"])
    await require_recorded(connection, "seal", [seal])
    return _seal(row)


async def usable_state(connection: asyncpg.Connection, seal: str) -> SealState | None:
    """Return the state of a seal, which cannot change until the transaction ends; None if there is none."""
    found = await connection.fetchval("SELECT state FROM seal WHERE id = $1 FOR SHARE", seal)
    return SealState(found) if found else None


async def set_seal(connection: asyncpg.Connection, seal: str, state: SealState, **columns: Any) -> None:
    """Set the state of a seal, and other columns."""
    values: Mapping[str, Any] = {"state": state.value, "changed_at": datetime.now(UTC), **columns}
    sets = ", ".join(f"{name} = ${at}" for at, name in enumerate(values, 2))
    await connection.execute(f"UPDATE seal SET {sets}, revision = revision + 1 WHERE id = $1", seal, *values.values())


async def add_certificate(connection: asyncpg.Connection, certificate: x509.Certificate, use: str, holder: str) -> None:
    """Insert a seal's certificate."""
    await connection.execute(
        "INSERT INTO certificate (fingerprint, use, holder, issuer, serial, not_before, not_after, der) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        fingerprint(certificate), use, holder, certificate.issuer.rfc4514_string(), certificate.serial_number,
        certificate.not_valid_before_utc, certificate.not_valid_after_utc, der(certificate),
    )  # fmt: skip


async def revoke_certificates(connection: asyncpg.Connection, seal: str, at: datetime, why: str) -> list[str]:
    """Revoke the certificates of a seal from a time on; return their fingerprints."""
    rows = await connection.fetch(
        "UPDATE certificate SET revoked_at = $2, revoked_why = $3, revision = revision + 1 "
        "WHERE revoked_at IS NULL AND fingerprint IN "
        "(SELECT unnest(ARRAY[certificate, national_certificate]) FROM seal WHERE id = $1) RETURNING fingerprint",
        seal, at, why,
    )  # fmt: skip
    return [row["fingerprint"] for row in rows]


async def get_seal(connection: asyncpg.Connection, seal: str) -> Seal | None:
    """Return a seal, or None.

    Raises:
        DepartedError: it, or a certificate of it, is not as the ledger records it.
    """
    found = await _shown(connection, "s.id = $1", seal)
    return found[0] if found else None


async def list_seals(
    connection: asyncpg.Connection, agency: str = "", after: str = "", limit: int = 1000
) -> list[Seal]:
    """Return seals of an agency, or of all, ordered by number.

    Raises:
        DepartedError: one of them, or a certificate of one, is not as the ledger records it.
    """
    return await _shown(
        connection, "($1 = '' OR s.agency = $1) AND s.id > $2 ORDER BY s.id LIMIT $3", agency, after, limit
    )


async def seals_in_force(connection: asyncpg.Connection) -> list[Seal]:
    """Return active seals without revoked certificates, oldest first."""
    return [_seal(row) for row in await connection.fetch(f"{_IN_FORCE} {_OLDEST_FIRST}")]


async def recorded_seals_in_force(connection: asyncpg.Connection, agency: str) -> list[Seal]:
    """Return an agency's seals in force that are as the ledger records them, as are their certificates."""
    rows = await connection.fetch(f"{_IN_FORCE} AND s.agency = $1 {_OLDEST_FIRST}", agency)
    seals = await departed_of(connection, "seal", [row["id"] for row in rows])
    certificates = await departed_of(connection, "certificate", _certificates_of(rows))
    return [_seal(row) for row in rows if row["id"] not in seals and certificates.isdisjoint(_certificates_of([row]))]


async def seal_ends(connection: asyncpg.Connection) -> list[datetime]:
    """Return the ends of the seals in force."""
    rows = await connection.fetch("SELECT valid_to FROM seal WHERE state = 'active' AND valid_to IS NOT NULL")
    return [row["valid_to"] for row in rows]


async def kinds_made(connection: asyncpg.Connection) -> frozenset[Made]:
    """Return the kinds of seals that each agency has ever had made."""
    rows = await connection.fetch("SELECT DISTINCT agency, kind FROM seal WHERE certificate IS NOT NULL")
    return frozenset((row["agency"], SealKind(row["kind"])) for row in rows)


async def ended_seals(connection: asyncpg.Connection, at: datetime) -> list[Seal]:
    """Lock and return seals past their end that are not recorded as expired, without departing ones."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE s.state IN ('active', 'suspended') AND s.valid_to <= $1 ORDER BY s.id FOR UPDATE OF s", at
    )
    departed = await departed_of(connection, "seal", [row["id"] for row in rows])
    return [_seal(row) for row in rows if row["id"] not in departed]


async def expire_seals(connection: asyncpg.Connection, seals: Sequence[str]) -> None:
    """Set locked seals to expired."""
    await connection.execute(
        "UPDATE seal SET state = $2, changed_at = now(), revision = revision + 1 WHERE id = ANY($1::text[])",
        list(seals), SealState.EXPIRED.value,
    )  # fmt: skip


async def destroyed_keys(connection: asyncpg.Connection) -> list[str]:
    """Return the names of the keys of destroyed seals, without departing ones."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch("SELECT id, key_name, national_key_name FROM seal WHERE state = 'destroyed'")
        departed = await departed_of(connection, "seal", [row["id"] for row in rows])
    kept = [row for row in rows if row["id"] not in departed]
    return [name for row in kept for name in (row["key_name"], row["national_key_name"]) if name]


async def rule_in_force(connection: asyncpg.Connection, rule: str) -> bool:
    """Return whether a rule is in force, and keep it so until the transaction ends."""
    return bool(await connection.fetchval("SELECT state FROM seal_rule WHERE id = $1 FOR SHARE", rule) == "active")


async def rules_in_force(
    connection: asyncpg.Connection, but: frozenset[str] = frozenset()
) -> dict[str, tuple[SealRule, ...]]:
    """Return the rules in force, by seal, except those named by ``but``."""
    found: dict[str, list[SealRule]] = {}
    for row in await connection.fetch("SELECT id, body FROM seal_rule WHERE state = 'active' ORDER BY id"):
        if row["id"] in but:
            continue
        rule: SealRule = parse(SealRule, orjson.loads(row["body"]), f"seal rule {row['id']}")
        found.setdefault(rule.seal, []).append(rule)
    return {seal: tuple(rules) for seal, rules in found.items()}


async def count_use(connection: asyncpg.Connection, rule: SealRule, day: date, number: int) -> bool:
    """Count uses against a rule's limits; return False if a limit is exceeded, to end the transaction."""
    for limit, slot in ((rule.daily_limit, day), (rule.total_limit, _ALWAYS)):
        if limit is None:
            continue
        taken = await connection.fetchval(
            "INSERT INTO seal_use (rule, day, used) SELECT $1, $2, $3::integer WHERE $3::integer <= $4::integer "
            "ON CONFLICT (rule, day) DO UPDATE SET used = seal_use.used + $3 WHERE seal_use.used + $3 <= $4 "
            "RETURNING used",
            rule.id, slot, number, limit,
        )  # fmt: skip
        if taken is None:
            return False
    return True


async def _shown(connection: asyncpg.Connection, which: str, *values: Any) -> list[Seal]:
    """Return seals that are as the ledger records them, as are their certificates."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch(f"{_SELECT} WHERE {which}", *values)
        await require_recorded(connection, "seal", [row["id"] for row in rows])
        await require_recorded(connection, "certificate", _certificates_of(rows))
    return [_seal(row) for row in rows]


def _certificates_of(rows: Sequence[asyncpg.Record]) -> list[str]:
    return [row[name] for row in rows for name in ("certificate", "national_certificate") if row[name]]


def _seal(row: asyncpg.Record) -> Seal:
    return Seal(
        row["id"], row["agency"], SealKind(row["kind"]), row["name"], SealState(row["state"]), row["revision"],
        row["holder"], row["years"], row["applied_by"], row["approved_by"], row["made_by"], row["why"],
        row["valid_from"], row["valid_to"], row["key_name"] or "", row["der"] or b"", row["national_key_name"] or "",
        row["national_der"] or b"", row["eseal"] or b"", row["picture"] or b"", row["custodian"],
    )  # fmt: skip
