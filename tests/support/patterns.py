"""A database server and a city that a run of tests makes once, and its processes copy."""

import asyncio
import pickle
import subprocess
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path

from exchange.demo.city import City
from exchange.settings import FILE
from registry.connection import connect, create_database
from registry.database import Database
from registry.embedded import EmbeddedPostgres

PEOPLE = 400
_MORE = Path(__file__).parent / "more.yaml"
_MORE_SYSTEMS = ("poor-desk", "quota-desk")
_WORKERS = 1
_UNSAFE = ("fsync = off", "full_page_writes = off", "autovacuum = off")
"""Settings of databases that need not survive a crash of the machine, nor a long time."""


class Patterns:
    """The patterns in a folder of a run of tests; the first process that needs one makes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def server(self, folder: Path) -> EmbeddedPostgres:
        """Copy a server with a database ``pattern`` of the current schema to a folder, and start it."""
        _copy(self._made("postgres", _make_server), folder)
        server = EmbeddedPostgres(folder)
        server.start()
        return server

    def city(self, data: Path, workers: int, *, durable: bool) -> City:
        """Copy the city to a data folder; its node and services are not running.

        With ``durable``, its database survives a crash of the machine.
        """
        pattern = self._made("city", self._make_city)
        _copy(pattern, data)
        former, former_url = pickle.loads((data / "city.pickle").read_bytes())  # noqa: S301  # written below
        if durable:
            (data / "postgres" / "postgresql.auto.conf").write_text("")
        server = EmbeddedPostgres(data / "postgres")
        server.start()
        town = City(data, former.people, today=former.today)
        town.seals = former.seals
        text = (data / FILE).read_text()
        for found, wanted in (
            (former_url, server.url("departments")),
            (str(former.data), str(town.data)),
            (f"port = {former.port}\n", f"port = {town.port}\n"),
            (f"port = {former.http_port}\n", f"port = {town.http_port}\n"),
            (f":{former.tax_port}/", f":{town.tax_port}/"),
            (f"workers = {_WORKERS}\n", f"workers = {workers}\n"),
        ):
            assert found in text
            text = text.replace(found, wanted)
        (data / FILE).write_text(text)
        return town

    def _make_city(self, data: Path) -> None:
        town = City(data, PEOPLE)

        async def make() -> str:
            try:
                server = await asyncio.to_thread(self.server, data / "postgres")
                await town.make_node(_WORKERS)
                await town.make_world()
                await town.register(_MORE)
                for system in _MORE_SYSTEMS:
                    await town.enrol(system)
                return server.url("departments")
            finally:
                await town.stop()

        url = asyncio.run(make())
        (data / "city.pickle").write_bytes(pickle.dumps((town, url)))

    def _made(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return the folder of a pattern, made if it is not there yet."""
        found = self._folder / name
        self._folder.mkdir(exist_ok=True)
        with (self._folder / f"{name}.lock").open("a") as lock:
            flock(lock, LOCK_EX)
            if not (complete := self._folder / f"{name}.complete").exists():
                make(found)
                complete.touch()
        return found


def _make_server(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()

    async def prepare() -> None:
        await create_database(server.url("postgres"), "pattern")
        connection = await connect(server.url("postgres"))
        for setting in _UNSAFE:
            await connection.execute(f"ALTER SYSTEM SET {setting}")
        await connection.close()
        database = Database(server.url("pattern"))
        await database.upgrade()
        await database.close()

    try:
        asyncio.run(prepare())
    finally:
        server.stop()


def _copy(pattern: Path, folder: Path) -> None:
    """Copy a folder with its files' owners and modes."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "--archive", "--no-target-directory", pattern, folder], check=True)
