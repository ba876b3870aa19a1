"""References for the node: a bare echo, and a plain service like that of an in-house team."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any

import asyncpg

from exchange.demo.city import City
from exchange.demo.local import free_ports

_START_SECONDS = 4
_AUDIT = "CREATE TABLE IF NOT EXISTS audit (id bigserial PRIMARY KEY, at timestamptz, officer text, case_number text, citizen_id text, result text)"


@contextmanager
def bare_echo(city: City, workers: int, size: int) -> Iterator[str]:
    """Run workers that answer every call with ``size`` bytes; yield their address."""
    port = free_ports(1)[0]
    with _processes([["tests.bench.echo", city.data, port, size]] * workers):
        yield f"127.0.0.1:{port}"


@asynccontextmanager
async def plain_service(city: City, workers: int) -> AsyncIterator[str]:
    """Run workers that look up a person, sign a JWT and insert an audit row; yield their address."""
    connection = await asyncpg.connect(city.world.postgres)
    await connection.execute(_AUDIT)
    await connection.close()
    port = free_ports(1)[0]
    tax = city.departments / "tax"
    command = ["tests.bench.plain", city.world.postgres, port, tax / "chain.pem", tax / "service.key.pem"]
    with _processes([command] * workers):
        yield f"127.0.0.1:{port}"


@contextmanager
def _processes(commands: list[list[Any]]) -> Iterator[None]:
    with ExitStack() as stack:
        for command in commands:
            process = subprocess.Popen([sys.executable, "-m", *map(str, command)], stdout=subprocess.PIPE)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        time.sleep(_START_SECONDS)
        yield
