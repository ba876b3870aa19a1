"""Changes of the registers: each change and its ledger entry are one transaction.

Adding what is already on record in the same words changes nothing and records nothing, so loading a file again is safe.
"""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography import x509
from sqlalchemy import String, Table, column, func, select, table, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from keys.certificates import Use, der, fingerprint
from keys.notes import NoteSigner
from registry import tables
from registry.agencies import Agency, State, System
from registry.catalogue import Dataset
from registry.database import Database
from registry.errors import NotOnRecordError, RuleError
from registry.grants import Grant, check_grant
from registry.ledger.append import record
from registry.ledger.leaf import Entry, Opening
from registry.licenses.types import LicenseType
from registry.matters import Matter
from registry.parsing import dump, parse
from registry.seals.kinds import SealKind
from registry.seals.rules import SealRule, check_rule

_MAX_WHY = 200


class Registrar:
    """Writes to the registers on behalf of ``actor``, a person or system that the ledger names only by digest."""

    def __init__(self, database: Database, signers: Sequence[NoteSigner], actor: str) -> None:
        self._database = database
        self._signers = signers
        self._actor = actor

    @asynccontextmanager
    async def _change(self) -> AsyncIterator[tuple[AsyncConnection, list[Entry]]]:
        """One transaction; the entries that the block adds to the list are recorded in it."""
        async with self._database.transaction() as connection:
            entries: list[Entry] = []
            yield connection, entries
            if entries:
                raw = (await connection.get_raw_connection()).driver_connection
                await record(raw, entries, self._signers)

    def _entry(self, register: str, reason: str, item: str, why: str = "", **facts: Any) -> Entry:
        """An entry; ``why`` is free text, so it stands in the opening and not in the leaf."""
        if len(why) > _MAX_WHY:
            raise RuleError("why", f"at most {_MAX_WHY} characters")
        facts = {"kind": f"register.{register}", "decision": "permit", "reason": reason, "object": item, **facts}
        return Entry(facts, Opening(officer=self._actor, request=why))

    async def add_agencies(self, agencies: Iterable[Agency]) -> int:
        """Add or rename agencies; returns how many changed."""
        return await self._put(tables.agency, "agency", [(item.uscc, dump(item)) for item in agencies], ["uscc"])

    async def add_systems(self, systems: Iterable[System]) -> int:
        """Add or change systems; returns how many changed.

        Raises:
            NotOnRecordError: the agency of one is not on record.
        """
        items = list(systems)
        await self._require(tables.agency.c.uscc, [item.agency for item in items], "agency")
        return await self._put(tables.system, "system", [(item.id, dump(item)) for item in items], ["id"])

    async def add_datasets(self, datasets: Iterable[Dataset]) -> int:
        """Add datasets; one whose description differs from the record gets the next version."""
        items = list(datasets)
        await self._require(tables.agency.c.uscc, [item.source for item in items], "agency")
        rows = [(item.id, dump(item), {"source": item.source}) for item in items]
        return await self._put_versions(tables.dataset, "dataset", rows)

    async def add_matters(self, matters: Iterable[Matter]) -> int:
        """Add matters; one that differs from the record gets the next version."""
        items = list(matters)
        await self._require(tables.agency.c.uscc, [item.agency for item in items], "agency")
        return await self._put_versions(tables.matter, "matter", [(item.id, dump(item), {}) for item in items])

    async def add_license_types(self, types: Iterable[LicenseType]) -> int:
        """Add license types, each also as the dataset as which its licenses are asked; versions as for datasets."""
        items = list(types)
        named = {uscc for item in items for uscc in (*item.issuers, item.source, item.supervisor) if uscc}
        await self._require(tables.agency.c.uscc, sorted(named), "agency")
        changed = await self._put_versions(
            tables.license_type, "license-type", [(item.id, dump(item), {}) for item in items]
        )
        await self.add_datasets([item.dataset() for item in items])
        return changed

    async def add_grants(self, grants: Iterable[Grant]) -> int:
        """Add or replace grants; returns how many changed.

        Raises:
            RuleError: a grant does not fit the catalogue.
        """
        items = list(grants)
        await self._require(tables.agency.c.uscc, [item.agency for item in items], "agency")
        datasets = await self._datasets({item.dataset for item in items})
        revoked = await self._revoked_grants([item.id for item in items])
        for item in items:
            check_grant(item, datasets.get(item.dataset))
            if item.id in revoked:
                raise RuleError(f"grant {item.id}", "was revoked; a new grant needs a new id")
        rows = [(item.id, dump(item) | {"valid_from": item.valid_from, "valid_to": item.valid_to}) for item in items]
        return await self._put(tables.grant, "grant", rows, ["id"])

    async def revoke_grant(self, grant: str, why: str) -> None:
        """End a grant, at once.

        Raises:
            NotOnRecordError: there is no such active grant.
        """
        async with self._change() as (connection, entries):
            row = tables.grant.c
            done = await connection.execute(
                update(tables.grant).where(row.id == grant, row.state == "active").values(state=State.REVOKED.value)
            )
            if not done.rowcount:
                raise NotOnRecordError(f"grant: no active grant {grant}")
            entries.append(self._entry("grant", "REVOKED", grant, why))

    async def add_seal_rules(self, rules: Iterable[SealRule]) -> int:
        """Add or replace rules of use; returns how many changed.

        Raises:
            RuleError: a rule does not fit its seal.
        """
        items = list(rules)
        seals = table("seal", column("id", String), column("kind", String))
        wanted = select(seals).where(seals.c.id.in_([item.seal for item in items]))
        async with self._database.transaction() as connection:
            kinds = {name: SealKind(what) for name, what in await connection.execute(wanted)}
            row = tables.seal_rule.c
            ended = select(row.id).where(row.id.in_([item.id for item in items]), row.state == State.REVOKED.value)
            gone = set(await connection.scalars(ended))
        for item in items:
            check_rule(item, kinds.get(item.seal))
            if item.id in gone:
                raise RuleError(f"seal rule {item.id}", "has ended; a new rule needs a new id")
        rows = [
            (item.id, {"id": item.id, "seal": item.seal, "body": dump(item), "state": State.ACTIVE.value})
            for item in items
        ]
        return await self._put(tables.seal_rule, "seal-rule", rows, ["id"])

    async def end_seal_rule(self, rule: str, why: str) -> None:
        """End a rule of use, at once.

        Raises:
            NotOnRecordError: there is no such rule in force.
        """
        async with self._change() as (connection, entries):
            row = tables.seal_rule.c
            done = await connection.execute(
                update(tables.seal_rule)
                .where(row.id == rule, row.state == State.ACTIVE.value)
                .values(state=State.REVOKED.value)
            )
            if not done.rowcount:
                raise NotOnRecordError(f"seal rule: no rule {rule} in force")
            entries.append(self._entry("seal-rule", "REVOKED", rule, why))

    async def note(
        self, register: str, reason: str, item: str, why: str, subjects: tuple[bytes, ...] = (), **facts: Any
    ) -> None:
        """Put on the record what was done at the node itself and changed no row; ``subjects`` are pseudonyms."""
        async with self._change() as (_, entries):
            entries.append(replace(self._entry(register, reason, item, why, **facts), pseudonyms=subjects))

    async def add_certificate(self, certificate: x509.Certificate, use: Use, holder: str) -> None:
        """Put an issued certificate on record; renewal adds a second one, and both hold until the first ends."""
        async with self._change() as (connection, entries):
            values: dict[str, Any] = {
                "fingerprint": fingerprint(certificate),
                "use": use.name.lower(),
                "holder": holder,
                "issuer": certificate.issuer.rfc4514_string(),
                "serial": certificate.serial_number,
                "not_before": certificate.not_valid_before_utc,
                "not_after": certificate.not_valid_after_utc,
                "der": der(certificate),
            }
            await connection.execute(insert(tables.certificate).values(values))
            entries.append(self._entry("certificate", "ADDED", values["fingerprint"], holder=holder))

    async def revoke_certificate(self, found: str, at: datetime, why: str) -> None:
        """Revoke a certificate by fingerprint from a time on.

        Raises:
            NotOnRecordError: there is no such certificate, or it is revoked already.
        """
        async with self._change() as (connection, entries):
            row = tables.certificate.c
            done = await connection.execute(
                update(tables.certificate)
                .where(row.fingerprint == found, row.revoked_at.is_(None))
                .values(revoked_at=at, revoked_why=why)
            )
            if not done.rowcount:
                raise NotOnRecordError(f"certificate: none unrevoked with fingerprint {found}")
            entries.append(self._entry("certificate", "REVOKED", found, why))

    async def revocations(self, issuer: str) -> dict[int, datetime]:
        """Serial numbers that an issuer revoked, and since when, for its CRL."""
        row = tables.certificate.c
        async with self._database.transaction() as connection:
            found = await connection.execute(
                select(row.serial, row.revoked_at).where(row.issuer == issuer, row.revoked_at.is_not(None))
            )
            return {int(serial): at for serial, at in found}

    async def set_ledger_key(self, key_name: str, vkey: str, state: str) -> None:
        """Put a ledger key and its state on record."""
        await self._put(
            tables.ledger_key,
            "ledger-key",
            [(key_name, {"key_name": key_name, "vkey": vkey, "state": state})],
            ["key_name"],
        )

    async def _put(
        self, table: Table, register: str, rows: Sequence[tuple[str, dict[str, Any]]], key: list[str]
    ) -> int:
        async with self._change() as (connection, entries):
            for item, row in rows:
                statement = insert(table).values(row)
                values = {name: statement.excluded[name] for name in row if name not in key}
                differs = [table.c[name].is_distinct_from(statement.excluded[name]) for name in values]
                condition = differs[0]
                for other in differs[1:]:
                    condition |= other
                done = await connection.execute(
                    statement.on_conflict_do_update(index_elements=key, set_=values, where=condition)
                )
                if done.rowcount:
                    facts = {name: row[name] for name in ("agency", "dataset") if isinstance(row.get(name), str)}
                    entries.append(self._entry(register, "ADDED", item, digest=_digest(_public(row)), **facts))
            return len(entries)

    async def _put_versions(
        self, table: Table, register: str, rows: Sequence[tuple[str, dict[str, Any], dict[str, Any]]]
    ) -> int:
        async with self._change() as (connection, entries):
            for item, body, extra in rows:
                await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{register} {item}"))))
                newest = select(table.c.version, table.c.body).where(table.c.id == item)
                found = (await connection.execute(newest.order_by(table.c.version.desc()).limit(1))).first()
                version = found.version + 1 if found else 1
                if found and found.body | {"version": 0} == body | {"version": 0}:
                    continue
                fresh = body | {"version": version}
                await connection.execute(insert(table).values(id=item, version=version, body=fresh, **extra))
                entries.append(self._entry(register, "ADDED", item, version=version, digest=_digest(fresh)))
            return len(entries)

    async def _revoked_grants(self, names: Sequence[str]) -> set[str]:
        row = tables.grant.c
        query = select(row.id).where(row.id.in_(names), row.state == State.REVOKED.value)
        async with self._database.transaction() as connection:
            return set(await connection.scalars(query))

    async def _datasets(self, names: set[str]) -> dict[str, Dataset]:
        row = tables.dataset.c
        query = select(row.id, row.body).where(row.id.in_(names)).order_by(row.id, row.version)  # the newest comes last
        async with self._database.transaction() as connection:
            return {name: parse(Dataset, body, f"dataset {name}") for name, body in await connection.execute(query)}

    async def _require(self, column: Any, wanted: Sequence[str], what: str) -> None:
        async with self._database.transaction() as connection:
            known = set(await connection.scalars(select(column).where(column.in_(wanted))))
        if missing := sorted(set(wanted) - known):
            raise RuleError(what, f"{missing[0]} is not on record; add it first")


def _digest(body: Mapping[str, Any]) -> str:
    return sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def _public(row: dict[str, Any]) -> dict[str, Any]:
    """A row without people's names: a digest of few possible values would tell them."""
    body = row.get("body")
    return row | {"body": {name: value for name, value in body.items() if name != "officers"}} if body else row
