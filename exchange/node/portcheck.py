"""The check of ``/health`` that the gRPC port answers."""

import asyncio
import ssl
from pathlib import Path

from exchange.settings import NodeSettings
from registry.errors import StorageError

_SECONDS = 3.0


async def grpc_port(node: NodeSettings, root: Path) -> str:
    """Check that a worker presents a certificate under ``root``.

    Raises:
        StorageError: none does in time: no worker accepts connections, or none has free descriptors.
    """
    context = ssl.create_default_context(cafile=root)
    context.check_hostname = False  # any name in a certificate of this node's authority is accepted
    context.set_alpn_protocols(["h2"])
    host = {"0.0.0.0": "127.0.0.1", "[::]": "::1", "::": "::1"}.get(node.host, node.host.strip("[]"))  # noqa: S104  # the address for clients
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(host, node.port, ssl=context)
            writer.transport.abort()
    except (OSError, TimeoutError) as error:
        raise StorageError(f"{host}:{node.port} does not answer ({type(error).__name__})") from error
    return ""
