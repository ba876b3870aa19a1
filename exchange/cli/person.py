"""``yici person``: people and their certificates."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.acts.command import Command
from exchange.cli.acting import Why, act
from exchange.cli.certifying import certify
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from keys.certificates import Use

person = typer.Typer()


@person.callback()
def group() -> None:
    """People and their certificates."""


@person.command("certify", help=say("Issue a certificate for a person's request (again, to renew)."))
def person_certify(
    id: Annotated[str, typer.Argument(help=say("Id of a person on record."))],  # noqa: A002  # the word of the field
    csr: Annotated[Path, typer.Option(exists=True, dir_okay=False, help=say("Its request, PEM."))],
    out: Annotated[Path, typer.Option(help=say("Where the certificate chain goes."))],
    why: Why = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Issue a certificate on the host, for the first people of a node."""
    request = csr.read_bytes()
    certificate = act(data, certifying(why), lambda host, _: certify(host, Use.PERSON, id, request, out, why))
    console().print(say(f"Certificate {certificate} → {out}"), soft_wrap=True)


def certifying(why: str) -> Command:
    """Return the command that issues a person's certificate."""
    return Command("person.certify", "register.certificate", why)
