"""The check of ``/health`` that the gRPC port answers."""

import asyncio
import ssl

from exchange.pki.key_vault import KeyVault
from exchange.settings import Settings
from registry.errors import StorageError

_SECONDS = 3.0


async def grpc_port(settings: Settings) -> str:
    """Check that a worker presents the node's certificate.

    Raises:
        StorageError: none does in time: no worker accepts connections, or none has free descriptors.
    """
    node = settings.node
    context = ssl.create_default_context(cafile=KeyVault.of(settings).certificates / "root.pem")
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
