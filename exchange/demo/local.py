"""A node on one machine: made, run as a process of its own, and stopped; with its departments' systems."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from exchange.cli.registers import enrol
from exchange.cli.setup import make_data_folder
from exchange.client.client import Client
from exchange.paths import database_url
from exchange.pki.key_vault import KeyVault
from exchange.pki.seal_ca import trust_bundle
from exchange.settings import TEMPLATE, Settings, load_settings
from keys.authority import Holder, request
from keys.store import SoftwareKeyStore
from keys.trust import TrustBundle
from registry.connection import connect
from registry.embedded import EmbeddedPostgres
from registry.errors import RuleError
from registry.register import seal_certificates

_START_SECONDS = 40.0
_STOP_SECONDS = 30.0


class LocalNode:
    """A node in one data folder, on ports that are free."""

    def __init__(self, data: Path) -> None:
        self.data = data.resolve()
        self.port, self.http_port = free_ports(2)
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def departments(self) -> Path:
        """Where departments keep their own: stores, keys, tokens."""
        return self.data / "departments"

    @property
    def trust(self) -> Path:
        """The trust bundle."""
        return self.data / "trust"

    @property
    def settings(self) -> Settings:
        """The node's settings."""
        return load_settings(self.data)

    @property
    def address(self) -> str:
        """Where the node's gRPC service is."""
        return f"127.0.0.1:{self.port}"

    async def make(self, origin: str, workers: int = 1, extra: str = "") -> None:
        """Make the data folder: keys, certificates, database; ``extra`` is more of its settings (TOML)."""
        text = TEMPLATE.format(origin=origin)
        for found, wanted in (
            ("port = 7443", f"port = {self.port}"),
            ("http_port = 7480", f"http_port = {self.http_port}"),
            ("workers = 0", f"workers = {workers}"),
        ):
            text = text.replace(f"\n{found}", f"\n{wanted}")
        await make_data_folder(self.data, text + extra)

    async def enrol(self, system: str) -> str:
        """Make a system's key where the system is, and have its request signed; returns the fingerprint."""
        store = SoftwareKeyStore(self.departments / system)
        signer = store.signer(system) if system in store.names() else store.create(system, "ES256")
        csr = request(signer, Holder(system))
        return await enrol(self.data, system, csr, self.departments / system / "chain.pem")

    async def export_trust(self) -> None:
        """Write the trust bundle, as ``yici trust export`` does."""
        connection = await connect(database_url(self.settings))
        try:
            seals = await seal_certificates(connection)
        finally:
            await connection.close()
        trust_bundle(KeyVault.of(self.settings), seals).save(self.trust)

    async def start_node(self) -> None:
        """Run ``yici serve`` and wait until it accepts calls.

        Raises:
            RuleError: it does not; its log is named.
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
        """Stop what runs, in order, and the embedded PostgreSQL."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.terminate()
            try:
                await asyncio.to_thread(process.wait, _STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._processes.clear()
        if (self.data / "postgres").exists():
            await asyncio.to_thread(EmbeddedPostgres(self.data / "postgres").stop)

    def credentials(self, system: str) -> tuple[bytes, bytes]:
        """A system's certificate chain and key, PEM."""
        folder = self.departments / system
        return (folder / "chain.pem").read_bytes(), (folder / f"{system}.key.pem").read_bytes()

    def client(self, system: str, seconds: float = 10.0) -> Client:
        """A client for one of the systems."""
        return Client(self.address, *self.credentials(system), TrustBundle.load(self.trust), seconds)

    def run(self, module: str, *arguments: object, log: str) -> None:
        """Run one of our modules as a process, which ``stop`` ends."""
        with (self.data / log).open("ab") as output:
            self._processes.append(
                subprocess.Popen(  # noqa: S603  # our own modules
                    [sys.executable, "-m", module, *map(str, arguments)],
                    stdout=output,
                    stderr=output,
                    stdin=subprocess.DEVNULL,
                    env=os.environ | {"PYTHONWARNINGS": "ignore"},
                    start_new_session=True,
                )
            )


def free_ports(count: int) -> list[int]:
    """Ports of this machine that are free now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [int(item.getsockname()[1]) for item in sockets]
    finally:
        for item in sockets:
            item.close()
