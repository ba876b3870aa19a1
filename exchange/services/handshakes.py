"""TLS handshakes of a worker: only systems and persons with a certificate on record can connect.

The trusted roots of a handshake are these certificates themselves, so TLS refuses all others, including those of the
node's own authority, before calls use memory. A change of the registers applies from the next handshake on; calls on
open connections are checked one by one. A certificate that misused its connection is refused for a moment, so that
reconnecting gains nothing.
"""

import asyncio
import ssl
from pathlib import Path

import grpc

from exchange.pki.key_vault import KeyVault
from keys.certificates import pem
from registry.register import Register


class Handshakes:
    """A worker's own certificate, and the certificates that it accepts."""

    def __init__(self, vault: KeyVault) -> None:
        self._certificate: Path = vault.certificates / "node.pem"
        self._key = vault.store.signer("node").pkcs8()
        self._placeholder = pem(vault.certificate("node"))  # gRPC requires at least one; this one cannot be a client's
        self._in_force: frozenset[str] = frozenset()
        self._barred: set[str] = set()
        self._accepted = self._placeholder
        self._changes = 0

    def accept(self, register: Register) -> None:
        """Accept exactly the certificates in force in a register."""
        certificates = [
            item.der
            for known in (register.certificates, register.people_by_certificate)
            for item in known.values()
            if not item.revoked
        ]
        self._in_force = frozenset(map(ssl.DER_cert_to_PEM_cert, certificates))
        self._settle()

    def bar(self, certificate: bytes, seconds: float) -> None:
        """Refuse a certificate (PEM) for ``seconds``."""
        barred = certificate.decode("ascii")
        if barred not in self._barred:
            self._barred.add(barred)
            self._settle()
            asyncio.get_running_loop().call_later(seconds, self._admit, barred)

    def _admit(self, barred: str) -> None:
        self._barred.discard(barred)
        self._settle()

    def _settle(self) -> None:
        accepted = "".join(sorted(self._in_force - self._barred)).encode() or self._placeholder
        if accepted != self._accepted:
            self._accepted = accepted
            self._changes += 1

    def credentials(self) -> grpc.ServerCredentials:
        """Return a server's credentials, which gRPC refreshes at each handshake."""
        used = self._version()

        def fetch() -> grpc.ServerCertificateConfiguration | None:
            nonlocal used
            version = self._version()
            if version == used:
                return None
            used = version
            return self._configuration()

        return grpc.dynamic_ssl_server_credentials(self._configuration(), fetch, require_client_authentication=True)  # type: ignore[arg-type]  # gRPC: None means unchanged

    def _version(self) -> tuple[int, int]:
        return self._certificate.stat().st_mtime_ns, self._changes

    def _configuration(self) -> grpc.ServerCertificateConfiguration:
        return grpc.ssl_server_certificate_configuration([(self._key, self._certificate.read_bytes())], self._accepted)
