"""``yici seal allow``, ``end-rule``, ``trust`` and ``distrust``: rules of use, and trusted anchors."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.opened import opened
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.pki.key_vault import KeyVault
from exchange.pki.seal_ca import NationalAuthority
from exchange.settings import load_settings
from keys.certificates import load_certificates
from keys.errors import MalformedError
from keys.leaf.facts import RegisterFacts
from keys.trust import load_revocation_lists
from registry.loading import load

Why = Annotated[str, typer.Option(help=say("Why; goes on the record."))]


def allow(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help=say("YAML files."))],
    data: Data = DEFAULT_DATA,
) -> None:
    """Load rules of use."""

    async def run() -> int:
        async with opened(data) as (_, _, registrar):
            return (await load(files, registrar, "seal_rules")).seal_rules

    changed = asyncio.run(run())
    console().print(say(f"Changed: {changed} rules."))


def end_rule(
    rule: Annotated[str, typer.Argument(help=say("Id of the rule."))], why: Why, data: Data = DEFAULT_DATA
) -> None:
    """End a rule."""

    async def run() -> None:
        async with opened(data) as (_, _, registrar):
            await registrar.end_seal_rule(rule, why)

    asyncio.run(run())
    console().print(say(f"Rule {rule} has ended."))


def trust(
    anchors: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=say("Certificates, PEM."))],
    why: Why,
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
    certificates, lists = _pem(anchors, load_certificates), _pem(crl, load_revocation_lists) if crl else b""
    known = _pem(makers, load_certificates) if makers else b""
    own = _pem(self_makers, load_certificates) if self_makers else b""
    national = NationalAuthority(KeyVault.of(load_settings(data)))
    fresh = national.vet(certificates, lists, known, own)

    async def run() -> None:
        async with opened(data) as (_, _, registrar):
            for name in fresh or [""]:
                await registrar.note(_anchor("TRUSTED" if name else "LISTS_RENEWED", name), why)

    asyncio.run(run())  # trusted only after it is recorded
    national.trust(certificates, lists, known, own)
    for name in fresh:
        console().print(name, soft_wrap=True)
    console().print(say("Export the trust bundle again."))


def distrust(
    anchor: Annotated[str, typer.Argument(help=say("Its fingerprint, hex SHA-256."))],
    why: Why,
    data: Data = DEFAULT_DATA,
) -> None:
    """Trust an anchor no longer."""
    national = NationalAuthority(KeyVault.of(load_settings(data)))
    national.require_trusted(anchor)

    async def run() -> None:
        async with opened(data) as (_, _, registrar):
            await registrar.note(_anchor("DISTRUSTED", anchor), why)

    asyncio.run(run())  # recorded first, as for trust
    national.distrust(anchor)
    console().print(say("Export the trust bundle again."))


def _anchor(reason: str, name: str) -> RegisterFacts:
    return RegisterFacts("register.seal-anchor", "permit", reason, name)


def _pem(path: Path, read: Callable[[bytes], object]) -> bytes:
    """Return a file's bytes, if they are valid PEM of this kind."""
    data = path.read_bytes()
    try:
        read(data)
    except ValueError as error:
        raise MalformedError(f"{path.name}: must be PEM") from error
    return data
