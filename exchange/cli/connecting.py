"""Options of commands that connect to a node like a department's system."""

from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from exchange.cli.evidence_files import bundle_in
from exchange.cli.texts import say
from keys.connecting import require_own_key
from keys.errors import KeysError
from registry.errors import RuleError

T = TypeVar("T")

Trust = Annotated[
    Path,
    typer.Option(envvar="YICI_TRUST", help=say("Folder of the trust bundle.")),
]


Address = Annotated[str, typer.Option(help=say("Node, host:port."))]
Credentials = Annotated[
    Path,
    typer.Option(exists=True, file_okay=False, help=say("Folder with chain.pem and the key.")),
]
BasisOption = Annotated[
    list[str],
    typer.Option(
        "--basis",
        help=say("matter, case, legal basis and officer: four times."),
    ),
]


def connect(client: type[T], address: str, credentials: Path, trust: Path, seconds: float = 60.0) -> T:
    """Return a client of a node, with the key and chain of a folder; ``seconds`` bounds each call.

    Raises:
        RuleError: the folder does not have one key and the chain of its certificate.
    """
    bundle = bundle_in(trust)
    keys = list(credentials.glob("*.key.pem"))
    if len(keys) != 1 or not (credentials / "chain.pem").exists():
        raise RuleError("--credentials", "the folder must hold chain.pem and one *.key.pem")
    make: Any = client
    chain, key = (credentials / "chain.pem").read_bytes(), keys[0].read_bytes()
    try:
        require_own_key(chain, key)
    except KeysError as error:
        raise RuleError(
            "--credentials", f"{keys[0].name} must be the key of the first certificate in chain.pem: {error}"
        ) from error
    found: T = make(address, chain, key, bundle, seconds)
    return found


def basis_of(parts: list[str]) -> Any:
    """Return the basis of four options.

    Raises:
        RuleError: there are not four.
    """
    from registry.basis import Basis  # noqa: PLC0415  # few commands need it

    if len(parts) != 4:  # noqa: PLR2004  # matter, case, legal basis, officer
        raise RuleError("--basis", "four times: matter, case, legal basis, officer")
    return Basis(*parts)
