"""``yici system``: systems and their certificates."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import Why, act
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.node.wiring.host import Host
from keys.authority import Holder, request
from keys.certificates import Use, fingerprint, now_utc, pem
from keys.connecting import connecting_key
from keys.store import SoftwareKeyStore
from registry import tables
from registry.errors import NotOnRecordError

SYSTEM_LIFETIME = timedelta(days=365)
system = typer.Typer()


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
    certificate = act(data, enrolling(why), lambda host, _: certify(host, id, request, out, why))
    console().print(say(f"Certificate {certificate} → {out}"), soft_wrap=True)


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


def enrolling(why: str) -> Command:
    """Return the command that issues a system's certificate."""
    return Command("system.enrol", "register.certificate", why)


async def certify(host: Host, system_id: str, csr: bytes, out: Path, why: str) -> str:
    """Issue a certificate for a request of a system on record; return its fingerprint.

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
