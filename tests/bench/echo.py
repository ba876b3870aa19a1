"""The upper limit: a bare grpc.aio server with the same TLS that returns payloads of the same size.

``python -m tests.bench.echo <data folder> <port> <response bytes>``
"""

import sys
from pathlib import Path

import grpc
import uvloop

from exchange.pki.key_vault import KeyVault
from exchange.settings import load_settings


async def serve(data: Path, port: int, size: int) -> None:
    """Answer every unary call with ``size`` bytes."""
    payload = b"x" * size

    async def answer(_request: bytes, _context: object) -> bytes:
        return payload

    server = grpc.aio.server(options=[("grpc.so_reuseport", 1)])
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(answer)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("bench.Echo", {"Echo": handler})])
    vault = KeyVault.of(load_settings(data))
    own = vault.store.signer("node").pkcs8(), (vault.certificates / "node.pem").read_bytes()
    root = (vault.certificates / "root.pem").read_bytes()
    credentials = grpc.ssl_server_credentials([own], root, require_client_auth=True)
    server.add_secure_port(f"127.0.0.1:{port}", credentials)
    await server.start()
    print("ready", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
