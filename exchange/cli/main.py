"""The entry point of ``yici``: the full command line, or the client's if the node is not installed."""

import io
import os
import sys
from importlib.util import find_spec
from pathlib import Path


def main() -> None:
    """Run a command."""
    _open_streams()
    # Processes are started beside open gRPC channels and never fork into gRPC, whose fork handlers would only warn.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without some characters shows the others
    if find_spec("typer") is None:
        from exchange.cli.light import run  # noqa: PLC0415  # one of the two
    else:
        from exchange.cli.app import run  # noqa: PLC0415  # needs the node's packages
    run()


def _open_streams() -> None:
    """Open closed standard streams on the null device, so that no file or socket gets their number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  # open as long as the process
