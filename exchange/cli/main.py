"""The entry point of ``yici``: the full command line, or the light one where the node is not installed."""

import io
import os
import sys
from importlib.util import find_spec


def main() -> None:
    """Run a command."""
    # We start processes beside open gRPC channels and never fork into gRPC: its fork handlers would only warn.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character still shows the others
    if find_spec("typer") is None:
        from exchange.cli.light import run  # noqa: PLC0415  # one of the two
    else:
        from exchange.cli.app import run  # noqa: PLC0415  # and it needs the node's packages
    run()
