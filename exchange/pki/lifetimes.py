"""Ends of the certificates that a node uses: as metrics, and as warnings in ``/health``."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from exchange.pki.key_vault import KeyVault
from exchange.pki.seal_ca import NationalAuthority

_NEAR = timedelta(days=30)
_ROLES = ("root", "issuing", "node", "tsa")


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The end of the certificate in a role; for seals, the earliest end of those in force."""

    role: str
    until: datetime


def lifetimes_of(vault: KeyVault, seals: Iterable[datetime]) -> list[Lifetime]:
    """Return the ends of a node's certificates; ``seals`` are the ends of the seals in force."""
    ends = [Lifetime(role, vault.certificate(role).not_valid_after_utc) for role in _ROLES if _held(vault, role)]
    national = NationalAuthority(vault)
    if national.made:
        ends += [Lifetime(role, vault.certificate(role).not_valid_after_utc) for role in ("seal-root", "seal-maker")]
    if known := list(seals):
        ends.append(Lifetime("seal", min(known)))
    return ends


def near_ends(lifetimes: Iterable[Lifetime], now: datetime) -> Iterator[str]:
    """Yield a phrase for each certificate that has ended, or will end within 30 days."""
    for item in lifetimes:
        if item.until - now < _NEAR:
            ends = "ends" if item.until > now else "ended"
            yield f"{item.role} {ends} at {item.until:%Y-%m-%d %H:%M} UTC"


class Lifetimes(Collector):
    """The metric ``yici_certificate_end_seconds`` by role, in Unix seconds."""

    def __init__(self, lifetimes: Iterable[Lifetime]) -> None:
        self._lifetimes = lifetimes

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the metric."""
        gauge = GaugeMetricFamily(
            "yici_certificate_end_seconds", "When a certificate of the node ends (Unix seconds).", labels=["role"]
        )
        for item in self._lifetimes:
            gauge.add_metric([item.role], item.until.astimezone(UTC).timestamp())
        yield gauge


def _held(vault: KeyVault, role: str) -> bool:
    return (vault.certificates / f"{role}.pem").exists()
