import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from exchange.pki.key_vault import KeyVault
from exchange.pki.lifetimes import Lifetimes, lifetimes_of, near_ends
from keys.store import SoftwareKeyStore

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_a_certificate_near_its_end_shows_in_metrics_and_health(tmp_path: Path) -> None:
    vault = KeyVault(tmp_path, SoftwareKeyStore(tmp_path / "keys", None), "log")
    found = lifetimes_of(vault, [NOW + timedelta(days=9), NOW + timedelta(days=400)])
    registry = CollectorRegistry()
    registry.register(Lifetimes(found))
    [value] = re.findall(r'yici_certificate_end_seconds{role="seal"} (\S+)', generate_latest(registry).decode())
    assert float(value) == (NOW + timedelta(days=9)).timestamp()
    assert list(near_ends(found, NOW)) == ["seal ends at 2026-12-07 12:00 UTC"]
    assert list(near_ends(found, NOW + timedelta(days=10))) == ["seal ended at 2026-12-07 12:00 UTC"]
    assert list(near_ends(lifetimes_of(vault, [NOW + timedelta(days=31)]), NOW)) == []
