"""A node on one machine, run as a separate process, and the systems of its departments."""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from exchange.acts.command import Command
from exchange.cli.certifying import certify
from exchange.cli.person import certifying
from exchange.cli.system import enrolling
from exchange.cli.template import settings_template
from exchange.client.client import Client
from exchange.node.wiring.creation import make_data_folder
from exchange.node.wiring.folder import open_folder
from exchange.node.wiring.host import Host, at_host
from exchange.node.wiring.postgres import embedded
from exchange.settings import Settings, load_settings
from keys.authority import Holder, request
from keys.certificates import Use
from keys.store import SoftwareKeyStore
from keys.trust import TrustBundle
from registry.errors import RuleError
from registry.loading import load

WHY = "演示"
"""The reason that is on the record of what a local node is set up with."""
_PORTS = range(10_000, 32_768)
"""Those that Linux gives to outgoing connections begin above."""
_START_SECONDS = 40.0
_STOP_SECONDS = 30.0


class LocalNode:
    """A node in one data folder, on free ports."""

    def __init__(self, data: Path) -> None:
        self.data = data.resolve()
        self.port, self.http_port = free_ports(2)
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def departments(self) -> Path:
        """The folder of the departments' stores, keys and tokens."""
        return self.data / "departments"

    @property
    def trust(self) -> Path:
        """The folder of the trust bundle."""
        return self.data / "trust"

    @property
    def settings(self) -> Settings:
        """The node's settings."""
        return load_settings(self.data)

    @property
    def address(self) -> str:
        """The address of the node's gRPC service."""
        return f"127.0.0.1:{self.port}"

    async def make(self, origin: str, workers: int = 1, extra: str = "") -> None:
        """Create the node's keys, certificates and database; ``extra`` is added to its settings (TOML)."""
        text = settings_template().format(origin=origin)
        for found, wanted in (
            ("port = 7443", f"port = {self.port}"),
            ("http_port = 7480", f"http_port = {self.http_port}"),
            ("workers = 0", f"workers = {workers}"),
        ):
            text = text.replace(f"\n{found}", f"\n{wanted}")
        await make_data_folder(self.data, text + extra)

    async def load(self, paths: Sequence[Path], only: str = "") -> None:
        """Load registers, like ``yici catalog load``; with ``only``, grants alone, like ``yici grant add``."""
        words, kind = ("grant.add", "register.grant") if only else ("catalog.load", "register.catalogue")
        async with at_host(self.settings) as host:
            await host.act(Command(words, kind, WHY), lambda _: load(paths, host.registrar(WHY), only))

    async def enrol(self, system: str) -> str:
        """Create a system's key locally, and have its request signed; return the fingerprint."""
        async with at_host(self.settings) as host:
            return await self.enrol_at(host, system)

    async def enrol_at(self, host: Host, system: str) -> str:
        """Enrol a system at an opened node; see ``enrol``."""
        return await self._certify(host, Use.SYSTEM, system)

    async def certify_person(self, person: str) -> str:
        """Create a person's key locally, and have its request signed; return the fingerprint."""
        async with at_host(self.settings) as host:
            return await self.certify_person_at(host, person)

    async def certify_person_at(self, host: Host, person: str) -> str:
        """Certify a person at an opened node; see ``certify_person``."""
        return await self._certify(host, Use.PERSON, person)

    async def _certify(self, host: Host, use: Use, holder: str) -> str:
        store = SoftwareKeyStore(self.departments / holder)
        signer = store.signer(holder) if holder in store.names() else store.create(holder, "ES256")
        csr, out = request(signer, Holder(holder)), self.departments / holder / "chain.pem"
        command = enrolling(WHY) if use is Use.SYSTEM else certifying(WHY)
        return await host.act(command, lambda _: certify(host, use, holder, csr, out, WHY))

    async def export_trust(self) -> None:
        """Write the trust bundle, like ``yici trust export``."""
        async with open_folder(self.settings) as folder:
            (await folder.trust()).save(self.trust)

    async def start_node(self) -> None:
        """Run ``yici serve`` and wait until it accepts calls.

        Raises:
            RuleError: it does not start; names its log.
        """
        ready = self.data / "run" / "ready"
        ready.unlink(missing_ok=True)
        self.run("exchange.cli.serve", "--data", self.data, log="node.log")
        deadline = time.monotonic() + _START_SECONDS
        while not ready.exists():
            if self._processes[-1].poll() is not None or time.monotonic() > deadline:
                raise RuleError(str(self.data / "node.log"), "the node does not start; this log says why")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stop all started processes in order, and the embedded PostgreSQL."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.terminate()
            try:
                await asyncio.to_thread(process.wait, _STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._processes.clear()
        if (self.data / "postgres").exists():
            await asyncio.to_thread(embedded(self.data).stop)

    def certificate(self, system: str) -> bytes:
        """Return a system's certificate chain, PEM."""
        return (self.departments / system / "chain.pem").read_bytes()

    def credentials(self, system: str) -> tuple[bytes, bytes]:
        """Return a system's certificate chain and key, PEM."""
        return self.certificate(system), (self.departments / system / f"{system}.key.pem").read_bytes()

    def client(self, system: str, seconds: float = 10.0) -> Client:
        """Return a client for one of the systems."""
        return Client(self.address, *self.credentials(system), TrustBundle.load(self.trust), seconds)

    def run(self, module: str, *arguments: object, log: str) -> None:
        """Run a module of this project as a process, which ``stop`` ends."""
        with (self.data / log).open("ab") as output:
            self._processes.append(
                subprocess.Popen(  # noqa: S603  # modules of this project
                    [sys.executable, "-m", module, *map(str, arguments)],
                    stdout=output,
                    stderr=output,
                    stdin=subprocess.DEVNULL,
                    env=os.environ | {"PYTHONWARNINGS": "ignore"},
                    start_new_session=True,
                )
            )


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that are currently free, and that no outgoing connection is given."""
    sockets: list[socket.socket] = []
    try:
        while len(sockets) < count:
            with suppress(OSError):  # it is in use
                sockets.append(socket.create_server(("127.0.0.1", secrets.choice(_PORTS))))
        return [int(item.getsockname()[1]) for item in sockets]
    finally:
        for item in sockets:
            item.close()
