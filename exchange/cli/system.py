"""``yici system``: systems and their certificates."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import Why, act
from exchange.cli.certifying import certify
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.node.wiring.host import Host
from keys.authority import Holder, request
from keys.certificates import Use, now_utc
from keys.store import SoftwareKeyStore

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
    certificate = act(data, enrolling(why), lambda host, _: certify(host, Use.SYSTEM, id, request, out, why))
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
