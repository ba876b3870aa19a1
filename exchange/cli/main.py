"""The entry point of ``yici``: the full command line, or the client's if the node is not installed."""

import io
import os
import sys
from importlib.util import find_spec


def main() -> None:
    """Run a command."""
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
