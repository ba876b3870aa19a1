"""Tests of the gRPC event loop: it handles ready events in one batch, and its threads yield."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

import grpc
import pytest
import uvloop

from exchange.node import grpc_loop

ECHO = "/test.Echo/Echo"


async def _echo(request: bytes, _context: object) -> bytes:
    return request


async def _ask_an_echo(count: int) -> list[bytes]:
    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(_echo)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Echo", {"Echo": handler})])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary(ECHO)
        found = await asyncio.gather(*[call(b"%d" % number) for number in range(count)])
    await server.stop(None)
    return found


def test_grpc_wakes_the_loop_once_for_all_events_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []

    def counted(waking: socket.socket, callback: Callable[[], Any]) -> None:
        taken.append(len(waking.recv(4096, socket.MSG_PEEK)))
        handle_waiting(waking, callback)

    handle_waiting = grpc_loop.handle_waiting
    monkeypatch.setattr(grpc_loop, "handle_waiting", counted)
    found = uvloop.run(_ask_an_echo(200), loop_factory=grpc_loop.GroupedLoop)
    assert found == [b"%d" % number for number in range(200)]
    assert taken, "gRPC does not tell of its events as it did: is the loop of any use?"
    assert max(taken) > 1


def test_waiting_events_are_handled_in_one_iteration() -> None:
    waking, told = socket.socketpair()
    waking.setblocking(False)
    with waking, told:
        told.send(b"0" * 5)
        calls = []
        grpc_loop.handle_waiting(waking, lambda: calls.append(waking.recv(1)))
        assert calls == [b"0"]
        with pytest.raises(BlockingIOError):
            waking.recv(1)


def test_a_socket_that_is_not_grpcs_keeps_every_byte() -> None:
    async def read() -> bytes:
        loop = asyncio.get_running_loop()
        mine, other = socket.socketpair()
        with mine, other:
            mine.setblocking(False)
            found: asyncio.Future[bytes] = loop.create_future()
            loop.add_reader(mine, lambda: found.done() or found.set_result(mine.recv(10)))
            other.send(b"12345")
            try:
                return await found
            finally:
                loop.remove_reader(mine)

    assert uvloop.run(read(), loop_factory=grpc_loop.GroupedLoop) == b"12345"


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="this system has no SCHED_BATCH")
def test_a_workers_threads_use_batch_policy_those_to_come_too() -> None:
    found: list[int] = []

    def begin() -> None:  # in a thread of its own: what it sets is not the test process's
        grpc_loop.use_batch_policy()
        child = threading.Thread(target=lambda: found.append(os.sched_getscheduler(0)))
        child.start()
        child.join()
        found.append(os.sched_getscheduler(0))

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    assert found == [os.SCHED_BATCH, os.SCHED_BATCH]
    assert os.sched_getscheduler(0) != os.SCHED_BATCH
