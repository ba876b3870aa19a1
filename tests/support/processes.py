"""The processes of a running node, by the names that they give themselves."""

import psutil

from exchange.demo.local import LocalNode


def supervisor_of(node: LocalNode) -> psutil.Process:
    """Return the process of ``yici serve``."""
    return psutil.Process(next(item.pid for item in reversed(node._processes) if "exchange.cli.serve" in item.args))  # type: ignore[operator]


def processes_of(node: LocalNode, kind: str) -> list[psutil.Process]:
    """Return the processes of a kind: ``worker``, ``ledger_writer``, ``web`` or ``forkserver``."""
    return [item for item in supervisor_of(node).children(recursive=True) if runs(item) and item.name() == kind]


def runs(process: psutil.Process) -> bool:
    """Return whether a process has not ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
