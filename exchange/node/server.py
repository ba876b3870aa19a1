"""The gRPC server of a worker, with mutual TLS 1.3 on a port that all workers share."""

import asyncio
from collections.abc import Sequence

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from exchange.acts.road import Road
from exchange.acts.state import InDoubt
from exchange.node.sockets import Sockets
from exchange.services.aside import Aside
from exchange.services.gate import Gate
from exchange.services.handlers import handlers
from exchange.services.handshakes import Handshakes
from exchange.services.servicer import ActServicer
from exchange.services.unread import Unread
from exchange.settings import Limits, Settings
from registry.errors import RegistryError
from registry.ledger.remote import RemoteLedger

_RESPONSE_BYTES = 64 * 1024 * 1024
_READ_TIMES = 4
"""Up to this multiple of the size limit, the node refuses a message itself; beyond it, gRPC does."""

_STREAMS = 250
"""The most streams on one connection, and at most the concurrent calls of a worker."""
_HANDSHAKE_MS, _IDLE_MS = 10_000, 600_000
"""Time limits of inactive connections: before the end of the handshake, and without a call."""
_PING_MS = 1_000
"""The shortest interval of clients' pings; gRPC's own limit is five minutes."""
_HEALTH_SECONDS, _LEDGER_SECONDS = 1.0, 5.0
"""The interval of updates for health checks, and the time limit of the ledger's answer."""

ACCEPTORS = 4
"""The number of grpc.aio servers on the shared port in a worker.

Each accepts one new call a turn of the event loop; with only one, calls queue while the worker handles small, costly
batches (docs/benchmarks/experiments.md).
"""


class Server:
    """The gRPC server of one worker."""

    def __init__(
        self,
        settings: Settings,
        road: Road,
        ledger: RemoteLedger,
        handshakes: Handshakes,
        servicers: Sequence[ActServicer],
    ) -> None:
        limits = settings.limits
        self._road = road
        self._ledger = ledger
        self._drain_seconds = limits.drain_seconds
        self._health = health.aio.HealthServicer()
        services = {servicer.service.full_name: servicer.service for servicer in servicers}
        self._names = list(services)
        unread = Unread(limits.concurrent_calls, self._caller, self._end_connection, handshakes.bar)
        self._gate = Gate(limits, road, unread)
        routes = []
        for service in services.values():
            own = [servicer for servicer in servicers if servicer.service is service]
            routes.append(handlers(service, self._gate, limits.message_bytes, *own))
        aside = Aside(unread)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, aside)
        names = [*self._names, health.SERVICE_NAME, reflection.SERVICE_NAME]
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(reflection.aio.ReflectionServicer(names), aside)
        routes += aside.handlers
        host, self.port = settings.node.host, settings.node.port
        self._acceptors = []
        for _ in range(ACCEPTORS):
            acceptor = self._acceptor(limits, routes)
            self.port = acceptor.add_secure_port(f"{host}:{self.port}", handshakes.credentials())
            self._acceptors.append(acceptor)
        self.sockets = Sockets(self.port, limits.connections_per_address)

    def _acceptor(self, limits: Limits, routes: Sequence[grpc.GenericRpcHandler]) -> grpc.aio.Server:
        acceptor = grpc.aio.server(
            options=[
                ("grpc.so_reuseport", 1),
                ("grpc.max_receive_message_length", limits.message_bytes * _READ_TIMES),  # to refuse it on the record
                ("grpc.max_send_message_length", _RESPONSE_BYTES),
                ("grpc.max_concurrent_streams", min(limits.concurrent_calls, _STREAMS)),
                ("grpc.server_handshake_timeout_ms", _HANDSHAKE_MS),
                ("grpc.max_connection_idle_ms", _IDLE_MS),
                ("grpc.keepalive_time_ms", 60_000),
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.http2.min_ping_interval_without_data_ms", _PING_MS),
            ],
        )
        acceptor.add_generic_rpc_handlers(routes)
        return acceptor

    def _caller(self, certificate: bytes) -> str:
        return self._road.identify(certificate).id

    def _end_connection(self, peer: str) -> None:
        self.sockets.close(peer)

    async def start(self) -> None:
        """Listen, and report it to health checks."""
        await asyncio.gather(*[acceptor.start() for acceptor in self._acceptors])
        await self._set_health()

    async def keep_telling_health(self) -> None:
        """Report to health checks whether this worker serves, until cancelled."""
        while True:
            await asyncio.sleep(_HEALTH_SECONDS)
            await self._set_health()

    async def drain(self) -> None:
        """Redirect new calls, and wait for those in flight, up to the limit of the settings."""
        await self._health.enter_graceful_shutdown()
        await self._gate.close()
        await asyncio.gather(*[acceptor.stop(self._drain_seconds) for acceptor in self._acceptors])

    async def _set_health(self) -> None:
        statuses = health_pb2.HealthCheckResponse.ServingStatus
        status = statuses.SERVING if await self._serves() else statuses.NOT_SERVING
        for name in ("", *self._names):
            await self._health.set(name, status)

    async def _serves(self) -> bool:
        """Return whether neither the registers nor the ledger are in doubt."""
        if isinstance(self._road.state, InDoubt):
            return False
        try:
            async with asyncio.timeout(_LEDGER_SECONDS):
                await self._ledger.ping()
        except (RegistryError, TimeoutError):
            return False
        return True
