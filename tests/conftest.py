"""Shared fixtures: a PostgreSQL server, fresh databases, and a running city."""

import os

# Set before gRPC is imported: tests start processes beside open channels, and gRPC's fork handlers can abort the child
# before it executes another program.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
# pytest-xdist sets the width of its processes' terminals; the output of commands to a pipe is not wrapped to it.
os.environ.pop("COLUMNS", None)
# Modules that started processes import are compiled once, not by each process.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Commands need a reason; a test of that sets its own.
os.environ["YICI_WHY"] = "试验"

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from inspect import iscoroutinefunction
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

from adapters import file
from exchange.demo.city import City
from exchange.demo.local import LocalNode
from keys.notes import NoteSigner
from keys.suites import SUITES
from registry.connection import connect
from registry.embedded import EmbeddedPostgres
from tests.support import preloaded
from tests.support.patterns import Patterns

# A run of all tests is repeatable; a separate search finds new examples, which become an @example.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", derandomize=False, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("YICI_EXAMPLES", "repeatable"))

_MOST_PROCESSES = 6
"""Each runs a city."""
OpenCity = Callable[..., AbstractContextManager[City]]
"""Opens a small city; see ``open_city``."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an asynchronous test on an event loop of its own.

    gRPC polls for all loops of a process at once. Plugins that fail a test for what its loop could not handle would
    fail one for a late event of a test before it.
    """
    if not iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


def pytest_xdist_auto_num_workers() -> int:
    """Return one process more than there are processors, since tests wait for much of their time."""
    return min((os.cpu_count() or 1) + 1, _MOST_PROCESSES)


@pytest.fixture(autouse=True)
def _drops_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make files that tests write count as complete at once."""
    monkeypatch.setattr(file, "QUIET_SECONDS", 0.0)


@pytest.fixture(scope="session", autouse=True)
def _forked_nodes() -> Iterator[None]:
    """Fork the processes of cities and nodes from one that has their modules imported."""

    def run(node: LocalNode, module: str, *arguments: object, log: str) -> None:
        with (node.data / log).open("ab") as output, Path(os.devnull).open() as nothing:
            files = [nothing.fileno(), output.fileno(), output.fileno()]
            node._processes.append(preloaded.start(["-m", module, *map(str, arguments)], files))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalNode, "run", run)
        yield


@pytest.fixture(scope="session")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> Patterns:
    """Return the server and the city that tests copy; processes of pytest-xdist share them."""
    base = tmp_path_factory.getbasetemp()
    return Patterns((base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "patterns")


@pytest.fixture(scope="session")
def postgres(patterns: Patterns, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """Start a PostgreSQL server with a migrated database to copy."""
    server = patterns.server(tmp_path_factory.mktemp("pg") / "data")
    yield server
    server.stop()


@pytest.fixture
def url(postgres: EmbeddedPostgres) -> str:
    """Create a fresh database with the current schema, and return its URL."""
    name = f"t{uuid4().hex[:12]}"

    async def copy() -> None:
        connection = await connect(postgres.url("postgres"))
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE pattern STRATEGY FILE_COPY")
        await connection.close()

    asyncio.run(copy())
    return postgres.url(name)


@pytest.fixture
def note_signer() -> NoteSigner:
    """Return a signer with a new ledger key."""
    return NoteSigner("test.yici.example/ledger", SUITES["EdDSA"].generate())


@pytest.fixture(scope="session")
def open_city(patterns: Patterns, tmp_path_factory: pytest.TempPathFactory) -> OpenCity:
    """Return a function that opens small cities.

    ``open_city(workers=1, serving=True, durable=False, **limits)``
    """

    @contextmanager
    def opened(workers: int = 1, *, serving: bool = True, durable: bool = False, **limits: int) -> Iterator[City]:
        town = patterns.city(tmp_path_factory.mktemp("city") / "data", workers, durable=durable)

        async def start() -> None:
            town.start_tax_service()
            with pytest.MonkeyPatch.context() as patch:
                for name, value in limits.items():
                    patch.setenv(f"YICI_LIMITS__{name.upper()}", str(value))
                if serving:
                    await town.start_node()

        try:
            asyncio.run(start())
            yield town
        finally:
            asyncio.run(town.stop())

    return opened


@pytest.fixture(scope="session")
def city(open_city: OpenCity) -> Iterator[City]:
    """Run a small city: node, departments and systems; without limits on HTTP requests."""
    with open_city(2, pages_per_second=100_000) as town:
        yield town
