"""Fewer, fuller turns for a worker: what is ready together is taken up together.

gRPC finds events in a thread of its own, and tells the event loop of each by one byte through a socket. Left alone,
that thread pushes the loop's aside for every event, and the loop takes a turn for every byte; at a thousand calls a
second, a quarter of a worker's time went there (docs/benchmarks/experiments.md).
"""

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import uvloop

_MANY = 4096


def give_way() -> None:
    """Let no thread of this process, present or to come, push another aside the moment it wakes (Linux).

    It waits for who runs to pause or to have had a turn: SCHED_BATCH, which costs no share of the processor.
    """
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):  # a container may forbid it; the worker serves all the same
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class GroupedLoop(uvloop.Loop):
    """The event loop of a process that serves gRPC: takes one turn for all events that wait."""

    def add_reader(self, fd: Any, callback: Callable[..., Any], *args: Any) -> None:  # type: ignore[override]  # uvloop's
        """Watch a descriptor for reading; gRPC's is emptied before its callback, but for the byte that this reads."""
        if isinstance(fd, socket.socket) and _is_of_grpc(callback):
            super().add_reader(fd, take_up, fd, callback)
        else:
            super().add_reader(fd, callback, *args)


LOOPS: Mapping[str, Callable[[], uvloop.Loop]] = {"grouped": GroupedLoop, "plain": uvloop.new_event_loop}
"""What makes the event loop, by the setting ``tuning.event_loop``."""


def take_up(waking: socket.socket, callback: Callable[[], Any]) -> None:
    """Handle all events at once: the callback reads one byte and handles every event, so the other bytes go."""
    waiting = len(waking.recv(_MANY, socket.MSG_PEEK))
    if waiting > 1:
        waking.recv(waiting - 1)
    callback()


def _is_of_grpc(callback: Callable[..., Any]) -> bool:
    owner = getattr(getattr(callback, "func", None), "__self__", None)
    return type(owner).__name__ == "PollerCompletionQueue"
