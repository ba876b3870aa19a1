"""``yici catalog``, ``grant`` and ``system``: the registers."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import Why, act
from exchange.cli.next_steps import tell_next_steps
from exchange.cli.opened import register_of
from exchange.cli.tables import AsJson, Column, Row, Said, Utc, json_rows, show_json, show_rows
from exchange.cli.texts import DEFAULT_DATA, Data, console, either, mark, say
from exchange.node.wiring.host import Host
from keys.authority import Holder, request
from keys.certificates import Use, fingerprint, now_utc, pem
from keys.connecting import connecting_key
from keys.store import SoftwareKeyStore
from registry import tables
from registry.catalogue import Sharing
from registry.errors import NotOnRecordError
from registry.grants import Grant
from registry.loading import Loaded, load
from registry.register import Register

SYSTEM_LIFETIME = timedelta(days=365)

catalog = typer.Typer()
grant = typer.Typer()
system = typer.Typer()

Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help=say("YAML files."))]
_SHARING = {
    Sharing.UNCONDITIONAL: mark("unconditional"), Sharing.CONDITIONAL: mark("conditional"),
    Sharing.WITHHELD: mark("withheld"),
}  # fmt: skip
_DATASETS = (
    Column("id", "dataset"), Column("title", "title"), Column("source", "source"),
    Column("sharing", "sharing"), Column("fields", "fields"),
)  # fmt: skip
_REQUIREMENTS = (
    Column("matter", "matter"), Column("name", "name"), Column("requirement", "requirement"),
    Column("proof", "proof once demanded"), Column("dataset", "replaced by"),
)  # fmt: skip
_GRANTS = (
    Column("id", "id"), Column("state", "state"), Column("agency", "agency"),
    Column("dataset", "dataset"), Column("fields", "fields"),
    Column("clear_fields", "shown unmasked"), Column("modes", "modes"),
    Column("matters", "matters"), Column("legal_basis", "legal basis"),
    Column("valid_from", "from"), Column("valid_to", "until"),
    Column("daily_quota", "daily quota"),
)  # fmt: skip


@catalog.command("load", help=say("Load registers from YAML; loading again changes nothing."))
def catalog_load(files: Files, why: Why = "", data: Data = DEFAULT_DATA) -> None:
    """Load registers."""
    _load_files(files, data, Command("catalog.load", "register.catalogue", why))


@catalog.command("list", help=say("List datasets and matters."))
def catalog_list(as_json: AsJson = False, data: Data = DEFAULT_DATA) -> None:
    """List datasets and matters."""
    register = asyncio.run(register_of(data))
    datasets, matters = _dataset_rows(register), _requirement_rows(register)
    if as_json:
        show_json({"datasets": json_rows(_DATASETS, datasets), "requirements": json_rows(_REQUIREMENTS, matters)})
        return
    show_rows(_DATASETS, datasets)
    console().print()
    show_rows(_REQUIREMENTS, matters)
    tell_next_steps(register, data)


@grant.command("add", help=say("Add or replace grants from YAML."))
def grant_add(files: Files, why: Why = "", data: Data = DEFAULT_DATA) -> None:
    """Add grants."""
    _load_files(files, data, Command("grant.add", "register.grant", why), "grants")


@grant.command("list", help=say("List grants that were not revoked, and whether they are in force."))  # fmt: skip
def grant_list(as_json: AsJson = False, utc: Utc = False, data: Data = DEFAULT_DATA) -> None:
    """List grants."""
    register = asyncio.run(register_of(data))
    show_rows(_GRANTS, _grant_rows(register, datetime.now(UTC)), as_json=as_json, utc=utc)
    if not as_json:
        tell_next_steps(register, data)


@grant.command("revoke", help=say("End a grant, at once."))
def grant_revoke(
    id: Annotated[str, typer.Argument(help=say("Id of the grant."))],  # noqa: A002  # the word of the field
    why: Why = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """End a grant."""

    async def work(host: Host, _permit: Permit[Command]) -> None:
        await host.registrar(why).revoke_grant(id, why)

    act(data, Command("grant.revoke", "register.grant", why), work)
    console().print(say(f"Grant {id} is revoked."))


@system.command(
    "request",
    help=say(
        "At the department: make a key that never leaves it, and a request.",
    ),
)
def system_request(
    id: Annotated[str, typer.Argument(help=say("Id of the system."))],  # noqa: A002  # the word of the field
    folder: Annotated[Path, typer.Option(help=say("Where key and request go."))] = Path(),
) -> None:
    """Make a key and a certificate request."""
    signer = SoftwareKeyStore(folder).create(id, "ES256")
    (folder / f"{id}.csr.pem").write_bytes(request(signer, Holder(id)))
    console().print(say(f"Key {folder / id}.key.pem stays here; send {folder / id}.csr.pem to the node's operator."), soft_wrap=True)  # fmt: skip


@system.command(
    "enrol",
    help=say("Issue a certificate for a system's request (again, to renew)."),
)
def system_enrol(
    id: Annotated[str, typer.Argument(help=say("Id of a system on record."))],  # noqa: A002  # the word of the field
    csr: Annotated[Path, typer.Option(exists=True, dir_okay=False, help=say("Its request, PEM."))],
    out: Annotated[Path, typer.Option(help=say("Where the certificate chain goes."))],
    why: Why = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Issue a certificate."""
    request = csr.read_bytes()
    found = act(data, enrolling(why), lambda host, _: certify(host, id, request, out, why))
    console().print(say(f"Certificate {found} → {out}"), soft_wrap=True)


@system.command("revoke", help=say("Revoke a certificate by fingerprint, at once."))
def system_revoke(
    certificate: Annotated[str, typer.Argument(help=say("Fingerprint, hex SHA-256."))],
    why: Why = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Revoke a certificate and publish the CRL."""

    async def work(host: Host, _permit: Permit[Command]) -> None:
        await host.registrar(why).revoke_certificate(certificate.replace(":", "").lower(), now_utc(), why)
        await host.publish_revocations()

    act(data, Command("system.revoke", "register.certificate", why), work)
    console().print(say("Revoked; the CRL is renewed."))


def _dataset_rows(register: Register) -> list[Row]:
    return [
        {
            "id": item.id,
            "title": Said(item.title, either(item.title_en, item.title)),
            "source": Said(item.source, register.agencies[item.source].name),
            "sharing": Said(item.sharing.value, say(_SHARING[item.sharing])),
            "fields": [field.name for field in item.fields],
        }
        for item in register.datasets.values()
    ]


def _requirement_rows(register: Register) -> list[Row]:
    return [
        {
            "matter": matter.id,
            "name": Said(matter.name, either(matter.name_en, matter.name)),
            "requirement": item.id,
            "proof": Said(item.proof, either(item.proof_en, item.proof)),
            "dataset": item.dataset or None,
        }
        for matter in register.matters.values()
        for item in matter.requirements
    ]


def _grant_rows(register: Register, now: datetime) -> list[Row]:
    return [
        {
            "id": item.id,
            "state": _state_of(item, now),
            "agency": Said(item.agency, register.agencies[item.agency].name),
            "dataset": item.dataset,
            "fields": item.fields,
            "clear_fields": item.clear_fields,
            "modes": [mode.value for mode in item.modes],
            "matters": item.matters,
            "legal_basis": item.legal_basis,
            "valid_from": item.valid_from,
            "valid_to": item.valid_to,
            "daily_quota": item.daily_quota,
        }
        for items in register.grants.values()
        for item in items
    ]


def _state_of(item: Grant, now: datetime) -> Said:
    """Return whether a grant is in force, by its period."""
    if now < item.valid_from:
        return Said("not_yet", say("not yet"), "yellow")
    if now >= item.valid_to:
        return Said("ended", say("ended"), "red")
    return Said("in_force", say("in force"), "green")


def enrolling(why: str) -> Command:
    """The command that issues a system's certificate."""
    return Command("system.enrol", "register.certificate", why)


async def certify(host: Host, system_id: str, csr: bytes, out: Path, why: str) -> str:
    """Issue a certificate for a request of a system on record; returns its fingerprint.

    Raises:
        NotOnRecordError: there is no such system.
        KeysError: the request is not valid.
    """
    spki = connecting_key(csr)
    async with host.database.transaction() as connection:
        query = (
            select(tables.agency.c.name, tables.agency.c.uscc)
            .join(tables.system)
            .where(tables.system.c.id == system_id)
        )
        row = (await connection.execute(query)).first()
    if row is None:
        raise NotOnRecordError(f"system: {system_id} is not on record")
    issuing = host.vault.issuing()
    holder = Holder(system_id, row.name, row.uscc)
    certificate = issuing.issue(Use.SYSTEM, holder, spki, SYSTEM_LIFETIME, now_utc())
    fresh = out.with_name(f"{out.name}.new")
    fresh.write_bytes(pem(certificate, issuing.certificate))  # first: what is on record must be in someone's hands
    try:
        await host.registrar(why).add_certificate(certificate, Use.SYSTEM, system_id)
    except BaseException:
        fresh.unlink()
        raise
    fresh.replace(out)
    return fingerprint(certificate)


def _load_files(files: list[Path], data: Path, command: Command, only: str = "") -> None:
    """Load files; print what changed, which grants lack their matter, and the next steps."""

    async def work(host: Host, _permit: Permit[Command]) -> tuple[Loaded, Register]:
        return await load(files, host.registrar(command.why), only), await host.register()

    loaded, register = act(data, command, work)
    console().print(
        say(f"Changed: {loaded.agencies} agencies, {loaded.systems} systems, {loaded.datasets} datasets, {loaded.license_types} license types, {loaded.matters} matters, {loaded.grants} grants, {loaded.seal_rules} rules of seals."),
        soft_wrap=True,
    )  # fmt: skip
    for item in [grant for grants in register.grants.values() for grant in grants]:
        for name in sorted(set(item.matters) - set(register.matters)):
            console(stderr=True).print(
                say(f"Grant {item.id}: matter {name} is not on record; nothing is permitted for it."), soft_wrap=True)  # fmt: skip
    tell_next_steps(register, data)
