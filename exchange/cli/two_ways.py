"""Options of commands on seals: they act on the node's host or, with ``--as``, as a system."""

import inspect
from collections.abc import Callable
from functools import wraps
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any

import typer

from exchange.cli.connecting import Trust
from exchange.cli.sealers import HostSealer, Sealer, SystemSealer
from exchange.cli.texts import DEFAULT_DATA, Data, say

_OPTIONS: dict[str, tuple[Any, Any]] = {
    "why": (
        Annotated[
            str,
            typer.Option(
                envvar="YICI_WHY", show_default=False,
                help=say("Why; goes on the record. Required, but to apply or make with --as, where the basis says it."),
            ),
        ],
        "",
    ),
    "data": (Data, DEFAULT_DATA),
    "system": (
        Annotated[
            Path | None,
            typer.Option(
                "--as", exists=True, file_okay=False,
                help=say("Act as a system through the node: its folder, with chain.pem and the key."),
            ),
        ],
        None,
    ),
    "address": (Annotated[str, typer.Option(help=say("With --as: the node, host:port."))], ""),
    "basis": (
        Annotated[
            list[str],
            typer.Option(help=say("With --as: matter, case, legal basis and officer, four times.")),
        ],
        (),
    ),
    "trust": (Trust, Path("trust")),
}  # fmt: skip


def two_ways(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command whose first parameter, a ``Sealer``, is made from the options of both ways."""

    @wraps(command)
    def found(**given: Any) -> None:
        options = {name: given.pop(name) for name in _OPTIONS}
        command(_sealer(**options), **given)

    _, *own = inspect.signature(command).parameters.values()
    more = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in _OPTIONS.items()
    ]
    named = [item.replace(kind=Parameter.KEYWORD_ONLY) for item in own]
    found.__signature__ = inspect.Signature([*named, *more])  # type: ignore[attr-defined]  # what Typer reads
    found.__annotations__ = {item.name: item.annotation for item in (*named, *more)}
    return found


def _sealer(  # the options
    why: str, data: Path, system: Path | None, address: str, basis: list[str], trust: Path
) -> Sealer:
    if system is None:
        if address or basis:
            raise typer.BadParameter(say("--address and --basis go with --as"))
        return HostSealer(data, why)
    if not address:
        raise typer.BadParameter(say("--as needs --address host:port"))
    return SystemSealer(system, address, list(basis), trust, why)
