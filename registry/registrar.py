"""The registrar, which writes agencies, systems, datasets, matters, grants, rules and keys."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cryptography import x509
from sqlalchemy import String, column, func, select, table
from sqlalchemy.dialects.postgresql import insert

from keys.certificates import Use, der, fingerprint
from registry import tables
from registry.agencies import Agency, State, System
from registry.catalogue import Dataset
from registry.changes import Changes, raw_connection
from registry.content import stored_rows
from registry.errors import NotOnRecordError
from registry.faults import Faults
from registry.grants import Grant, check_grant
from registry.licenses.types import LicenseType
from registry.matters import Matter, check_matter
from registry.parsing import dump, parse
from registry.people import Person
from registry.seals.kinds import SealKind
from registry.seals.rules import SealRule, check_rule
from registry.transitions import IllegalTransitionError


class Registrar(Changes):
    """Writes to the registers; each change is recorded in the ledger."""

    async def add_agencies(self, agencies: Iterable[Agency]) -> int:
        """Add or rename agencies; return how many changed."""
        return await self.put(tables.agency, "agency", [(item.uscc, dump(item)) for item in agencies], ["uscc"])

    async def add_systems(self, systems: Iterable[System]) -> int:
        """Add or change systems; return how many changed.

        Raises:
            NotOnRecordError: a system's agency is not on record.
        """
        items = list(systems)
        await self.require_agencies((f"systems[{item.id}].agency", item.agency) for item in items)
        return await self.put(tables.system, "system", [(item.id, dump(item)) for item in items], ["id"])

    async def add_people(self, people: Iterable[Person]) -> int:
        """Add or change people; return how many changed.

        Raises:
            RuleError: an agency is not on record, a number is another person's, or a person has left.
        """
        items = list(people)
        faults = Faults()
        with faults.collecting():
            await self.require_agencies((f"people[{item.id}].agency", item.agency) for item in items)
        row = tables.person.c
        async with self.change() as (connection, _):
            found = await connection.execute(select(row.id, row.agency, row.number))
            known = {(agency, number): who for who, agency, number in found}
        for item in items:
            other = known.setdefault((item.agency, item.number), item.id)
            faults.require(other == item.id, f"people[{item.id}].number", f"is the number of {other}", other)
        faults.raise_any()
        times = [{"deputy_from": item.deputy_from, "deputy_to": item.deputy_to} for item in items]
        values = [dump(item) | at for item, at in zip(items, times, strict=True)]
        # What a file leaves out stays as it is.
        rows = [(row["id"], {name: value for name, value in row.items() if value is not None}) for row in values]
        return await self.put(tables.person, "person", rows, ["id"], "has left; a new record needs a new id", "people")

    async def add_datasets(self, datasets: Iterable[Dataset]) -> int:
        """Add datasets; one that differs from the record gets the next version."""
        items = list(datasets)
        await self.require_agencies((f"catalogue[{item.id}].source", item.source) for item in items)
        rows = [(item.id, dump(item), {"source": item.source}) for item in items]
        return await self.put_versions(tables.dataset, "dataset", rows)

    async def add_matters(self, matters: Iterable[Matter]) -> int:
        """Add matters; one that differs from the record gets the next version.

        Raises:
            RuleError: a matter requires what the catalogue lacks.
        """
        items = list(matters)
        faults = Faults()
        with faults.collecting():
            await self.require_agencies((f"matters[{item.id}].agency", item.agency) for item in items)
        wanted = {option.dataset for item in items for needed in item.requirements for option in needed.options}
        datasets = await self._datasets(wanted)
        for item in items:
            with faults.collecting():
                check_matter(item, datasets)
        faults.raise_any()
        return await self.put_versions(tables.matter, "matter", [(item.id, dump(item), {}) for item in items])

    async def add_license_types(self, types: Iterable[LicenseType]) -> int:
        """Add license types, each also as a dataset; those that differ get the next version."""
        items = list(types)
        named = [
            (f"license_types[{item.id}].{name}", uscc)
            for item in items
            for name in ("issuers", "source", "supervisor")
            for uscc in ([*item.issuers] if name == "issuers" else [getattr(item, name)])
        ]
        await self.require_agencies((place, uscc) for place, uscc in named if uscc)
        rows: list[tuple[str, dict[str, Any], dict[str, Any]]] = [(item.id, dump(item), {}) for item in items]
        async with self.change():
            await self.add_datasets([item.dataset() for item in items])
            return await self.put_versions(tables.license_type, "license-type", rows)

    async def add_grants(self, grants: Iterable[Grant]) -> int:
        """Add or replace grants; return how many changed.

        Raises:
            RuleError: a grant does not fit the catalogue.
        """
        items = list(grants)
        faults = Faults()
        with faults.collecting():
            await self.require_agencies((f"grants[{item.id}].agency", item.agency) for item in items)
        datasets = await self._datasets({item.dataset for item in items})
        for item in items:
            with faults.collecting():
                check_grant(item, datasets.get(item.dataset))
        faults.raise_any()
        rows = [(item.id, dump(item) | {"valid_from": item.valid_from, "valid_to": item.valid_to}) for item in items]
        return await self.put(tables.grant, "grant", rows, ["id"], "was revoked; a new grant needs a new id", "grants")

    async def revoke_grant(self, grant: str, why: str) -> None:
        """Revoke a grant with immediate effect.

        Raises:
            NotOnRecordError: there is no such active grant.
        """
        row = tables.grant.c
        which = (row.id == grant) & (row.state == State.ACTIVE.value)
        if not await self.end(tables.grant, "grant", grant, why, which, state=State.REVOKED.value):
            raise NotOnRecordError(f"grant: no active grant {grant}")

    async def add_seal_rules(self, rules: Iterable[SealRule]) -> int:
        """Add or replace rules of use; return how many changed.

        Raises:
            RuleError: a rule does not fit its seal.
        """
        items = list(rules)
        seals = table("seal", column("id", String), column("kind", String))
        wanted = select(seals).where(seals.c.id.in_([item.seal for item in items]))
        async with self.change() as (connection, _):
            kinds = {name: SealKind(what) for name, what in await connection.execute(wanted)}
        faults = Faults()
        for item in items:
            with faults.collecting():
                check_rule(item, kinds.get(item.seal))
        faults.raise_any()
        rows = [
            (item.id, {"id": item.id, "seal": item.seal, "body": dump(item), "state": State.ACTIVE.value})
            for item in items
        ]
        return await self.put(
            tables.seal_rule, "seal-rule", rows, ["id"], "has ended; a new rule needs a new id", "seal_rules"
        )

    async def end_seal_rule(self, rule: str, why: str) -> None:
        """End a rule of use with immediate effect.

        Raises:
            NotOnRecordError: there is no such rule in force.
        """
        row = tables.seal_rule.c
        which = (row.id == rule) & (row.state == State.ACTIVE.value)
        if not await self.end(tables.seal_rule, "seal-rule", rule, why, which, state=State.REVOKED.value):
            raise NotOnRecordError(f"seal rule: no rule {rule} in force")

    async def add_certificate(self, certificate: x509.Certificate, use: Use, holder: str, agency: str = "") -> None:
        """Add an issued certificate; after renewal, the old one is valid until it ends.

        ``agency`` is that of the system or person.
        """
        async with self.change() as (connection, entries):
            values: dict[str, Any] = {
                "fingerprint": fingerprint(certificate),
                "use": use.name.lower(),
                "holder": holder,
                "agency": agency or None,
                "issuer": certificate.issuer.rfc4514_string(),
                "serial": certificate.serial_number,
                "not_before": certificate.not_valid_before_utc,
                "not_after": certificate.not_valid_after_utc,
                "der": der(certificate),
            }
            await connection.execute(insert(tables.certificate).values(values))
            row = await stored_rows(await raw_connection(connection), "certificate", [values["fingerprint"]])
            entries.append(self.entry("ADDED", None, row[values["fingerprint"]]))

    async def revoke_certificate(self, found: str, at: datetime, why: str) -> None:
        """Revoke a certificate, named by fingerprint, from a time on.

        Raises:
            NotOnRecordError: there is no such certificate, or it is already revoked.
        """
        row = tables.certificate.c
        which = (row.fingerprint == found) & row.revoked_at.is_(None)
        if not await self.end(tables.certificate, "certificate", found, why, which, revoked_at=at, revoked_why=why):
            raise NotOnRecordError(f"certificate: none unrevoked with fingerprint {found}")

    async def revocations(self, issuer: str) -> dict[int, datetime]:
        """Return the serial numbers that an issuer revoked, and their times, for its CRL."""
        row = tables.certificate.c
        async with self.change() as (connection, _):
            found = await connection.execute(
                select(row.serial, row.revoked_at).where(row.issuer == issuer, row.revoked_at.is_not(None))
            )
            return {int(serial): at for serial, at in found}

    async def retire_ledger_key(self, key_name: str, vkey: str, names: Iterable[str]) -> None:
        """Retire a ledger key; ``names`` are the node's keys, active unless recorded otherwise.

        This is a rule of the register for all callers: without an active key the ledger cannot grow.

        Raises:
            IllegalTransitionError: it is the last active key.
        """
        row = tables.ledger_key.c
        async with self.change() as (connection, _):
            # A key need not have a row to lock.
            await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("ledger-key"))))
            retired = select(row.key_name).where(row.state == State.RETIRED.value)
            if not set(names) - {key_name} - set(await connection.scalars(retired)):
                raise IllegalTransitionError("ledger key: the last active key cannot be retired")
            await self.set_ledger_key(key_name, vkey, State.RETIRED.value)

    async def set_ledger_key(self, key_name: str, vkey: str, state: str) -> None:
        """Record a ledger key and its state."""
        await self.put(
            tables.ledger_key,
            "ledger-key",
            [(key_name, {"key_name": key_name, "vkey": vkey, "state": state})],
            ["key_name"],
        )

    async def _datasets(self, names: set[str]) -> dict[str, Dataset]:
        row = tables.dataset.c
        query = select(row.id, row.body).where(row.id.in_(names)).order_by(row.id, row.version)  # the newest comes last
        async with self.change() as (connection, _):
            return {name: parse(Dataset, body, f"dataset {name}") for name, body in await connection.execute(query)}
