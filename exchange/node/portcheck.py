"""Whether the gRPC port answers: a check of ``/health``."""

import asyncio
import ssl

from exchange.pki.key_vault import KeyVault
from exchange.settings import Settings
from registry.errors import StorageError

_SECONDS = 3.0


async def grpc_port(settings: Settings) -> str:
    """A worker shows the node's certificate.

    Raises:
        StorageError: none does in time: no worker accepts connections, or none has a descriptor left.
    """
    node = settings.node
    context = ssl.create_default_context(cafile=KeyVault.of(settings).certificates / "root.pem")
    context.check_hostname = False  # whatever names the certificate has, it is this node's own authority's
    context.set_alpn_protocols(["h2"])
    host = {"0.0.0.0": "127.0.0.1", "[::]": "::1", "::": "::1"}.get(node.host, node.host.strip("[]"))  # noqa: S104  # as a client reaches them
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(host, node.port, ssl=context)
            writer.transport.abort()
    except (OSError, TimeoutError) as error:
        raise StorageError(f"{host}:{node.port} does not answer ({type(error).__name__})") from error
    return ""
