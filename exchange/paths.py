"""Paths of the node's permanent data; a small module, so that starting is quick."""

from pathlib import Path

from exchange.settings import Settings


def published(settings: Settings) -> Path:
    """Return the file of the last published checkpoint."""
    return settings.data / "ledger" / "checkpoint"
