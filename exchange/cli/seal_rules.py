"""``yici seal allow``, ``end-rule``, ``trust`` and ``distrust``: rules of use, and trusted anchors."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import Why, act
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.node.wiring.host import Host
from exchange.pki.seal_ca import NationalAuthority
from keys.certificates import load_certificates
from keys.errors import MalformedError
from keys.trust import load_revocation_lists
from registry.loading import load

_KIND = "register.seal-anchor"


def allow(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help=say("YAML files."))],
    why: Why = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Load rules of use."""

    async def work(host: Host, _permit: Permit[Command]) -> int:
        return (await load(files, host.registrar(why), "seal_rules")).seal_rules

    changed = act(data, Command("seal.allow", "register.seal-rule", why), work)
    console().print(say(f"Changed: {changed} rules."))


def end_rule(
    rule: Annotated[str, typer.Argument(help=say("Id of the rule."))],
    why: Why = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """End a rule."""

    async def work(host: Host, _permit: Permit[Command]) -> None:
        await host.registrar(why).end_seal_rule(rule, why)

    act(data, Command("seal.end-rule", "register.seal-rule", why), work)
    console().print(say(f"Rule {rule} has ended."))


def trust(
    anchors: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=say("Certificates, PEM."))],
    why: Why = "",
    crl: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help=say("Their revocation lists, PEM.")),
    ] = None,
    makers: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help=say("Who makes seals there, PEM.")),
    ] = None,
    self_makers: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help=say("Whose own seals are accepted there, PEM."),
        ),
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Trust others' seals."""

    async def work(host: Host, permit: Permit[Command]) -> list[str]:
        certificates, lists = _pem(anchors, load_certificates), _pem(crl, load_revocation_lists) if crl else b""
        known = _pem(makers, load_certificates) if makers else b""
        own = _pem(self_makers, load_certificates) if self_makers else b""
        national = NationalAuthority(host.vault)
        fresh = national.vet(certificates, lists, known, own)
        entries = [permit.act.permit_entry(permit.principal, "TRUSTED", object=name) for name in fresh]
        await host.road.ledger.record_all(entries or [permit.act.permit_entry(permit.principal, "LISTS_RENEWED")])
        national.trust(certificates, lists, known, own)  # what is not on the record is not trusted
        return fresh

    for name in act(data, Command("seal.trust", _KIND, why), work):
        console().print(name, soft_wrap=True)
    console().print(say("Export the trust bundle again."))


def distrust(
    anchor: Annotated[str, typer.Argument(help=say("Its fingerprint, hex SHA-256."))],
    why: Why = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Remove a trusted anchor."""

    async def work(host: Host, permit: Permit[Command]) -> None:
        national = NationalAuthority(host.vault)
        national.require_trusted(anchor)
        await host.record(
            permit.act.permit_entry(permit.principal, "DISTRUSTED", object=anchor)
        )  # as with trust: first
        national.distrust(anchor)

    act(data, Command("seal.distrust", _KIND, why), work)
    console().print(say("Export the trust bundle again."))


def _pem(path: Path, read: Callable[[bytes], object]) -> bytes:
    """Return a file's bytes, if they are valid PEM of this kind."""
    data = path.read_bytes()
    try:
        read(data)
    except ValueError as error:
        raise MalformedError(f"{path.name}: must be PEM") from error
    return data
