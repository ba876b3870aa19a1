"""An event loop that handles all waiting gRPC events in one iteration, and SCHED_BATCH.

gRPC finds events in a thread of its own and writes one byte for each event to a socket that the event loop reads. By
default that thread preempts the loop's for each event, and the loop runs an iteration for each byte; at a thousand
calls a second this took a quarter of a worker's time (docs/benchmarks/experiments.md).
"""

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import uvloop

_MANY = 4096


def use_batch_policy() -> None:
    """Run the threads of this process, now and later, under SCHED_BATCH (Linux).

    A thread that wakes does not preempt another; the process keeps its share of the processor.
    """
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):  # a container may forbid it; the process serves without it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class GroupedLoop(uvloop.Loop):
    """An event loop that handles all waiting events of gRPC in one iteration."""

    def add_reader(self, fd: Any, callback: Callable[..., Any], *args: Any) -> None:  # type: ignore[override]  # uvloop's
        """Watch a descriptor; gRPC's is emptied before its callback, except for the byte that this reads."""
        if isinstance(fd, socket.socket) and _is_of_grpc(callback):
            super().add_reader(fd, handle_waiting, fd, callback)
        else:
            super().add_reader(fd, callback, *args)


LOOPS: Mapping[str, Callable[[], uvloop.Loop]] = {"grouped": GroupedLoop, "plain": uvloop.new_event_loop}
"""Constructors of the event loop, by the setting ``tuning.event_loop``."""


def handle_waiting(waking: socket.socket, callback: Callable[[], Any]) -> None:
    """Handle all waiting events: the callback reads one byte and handles all; other bytes are dropped."""
    waiting = len(waking.recv(_MANY, socket.MSG_PEEK))
    if waiting > 1:
        waking.recv(waiting - 1)
    callback()


def _is_of_grpc(callback: Callable[..., Any]) -> bool:
    owner = getattr(getattr(callback, "func", None), "__self__", None)
    return type(owner).__name__ == "PollerCompletionQueue"
