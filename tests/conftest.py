"""What tests share: a real PostgreSQL, fresh databases on it, and one running city."""

import os

# Before gRPC is imported, which reads it then: processes are started beside open channels, and gRPC's handlers of
# fork can abort the child before it becomes another program.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
# Test processes of pytest-xdist have a width of their own; what commands print to a pipe is not folded to it.
os.environ.pop("COLUMNS", None)
# Processes that tests start compile what they import once, not each of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

from adapters import file
from exchange.demo.city import City
from keys.notes import NoteSigner
from keys.suites import SUITES
from registry.connection import connect, create_database
from registry.database import Database
from registry.embedded import EmbeddedPostgres

# A run of all tests gives the same result twice; a search is for new examples, and what it finds becomes an @example.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", derandomize=False, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("YICI_EXAMPLES", "repeatable"))

PEOPLE = 400
OpenCity = Callable[..., AbstractContextManager[City]]
"""Makes a small city; see ``open_city``."""


@pytest.fixture(autouse=True)
def _drops_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """What tests write is written when they ask about it."""
    monkeypatch.setattr(file, "QUIET_SECONDS", 0.0)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A real PostgreSQL, with a migrated database to copy from."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("pg") / "data")
    server.start()

    async def prepare() -> None:
        await create_database(server.url("postgres"), "pattern")
        connection = await connect(server.url("postgres"))
        await connection.execute("ALTER SYSTEM SET fsync = off")  # what is on this server need not outlive the tests
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()
        database = Database(server.url("pattern"))
        await database.upgrade()
        await database.close()

    asyncio.run(prepare())
    yield server
    server.stop()


@pytest.fixture
def url(postgres: EmbeddedPostgres) -> str:
    """A fresh database with the current schema."""
    name = f"t{uuid4().hex[:12]}"

    async def copy() -> None:
        connection = await connect(postgres.url("postgres"))
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE pattern")
        await connection.close()

    asyncio.run(copy())
    return postgres.url(name)


@pytest.fixture
def note_signer() -> NoteSigner:
    """A ledger key."""
    return NoteSigner("test.yici.example/ledger", SUITES["EdDSA"].generate())


@pytest.fixture(scope="session")
def open_city(tmp_path_factory: pytest.TempPathFactory) -> OpenCity:
    """Makes small cities: ``open_city(people=20, workers=1, serving=True, more=(), **limits)``."""

    @contextmanager
    def opened(
        people: int = 20, workers: int = 1, *, serving: bool = True, more: Sequence[Path] = (), **limits: int
    ) -> Iterator[City]:
        town = City(tmp_path_factory.mktemp("city") / "data", people)

        async def build() -> None:
            await town.make_node(workers)
            await town.make_world()
            await town.register(*more)
            town.start_tax_service()
            with pytest.MonkeyPatch.context() as patch:
                for name, value in limits.items():
                    patch.setenv(f"YICI_LIMITS__{name.upper()}", str(value))
                if serving:
                    await town.start_node()

        try:
            asyncio.run(build())
            yield town
        finally:
            asyncio.run(town.stop())

    return opened


@pytest.fixture(scope="session")
def city(open_city: OpenCity) -> Iterator[City]:
    """A small city, running: node, departments, systems."""
    with open_city(PEOPLE, 2, serving=False, more=[Path(__file__).parent / "support" / "more.yaml"]) as town:

        async def serve() -> None:
            for system in ("poor-desk", "quota-desk"):
                await town.enrol(system)
            await town.start_node()

        asyncio.run(serve())
        yield town
