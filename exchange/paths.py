"""Paths of the node's permanent data; a small module, so that starting is quick."""

from pathlib import Path

from exchange.settings import Settings
from registry.embedded import EmbeddedPostgres


def published(settings: Settings) -> Path:
    """Return the file of the last published checkpoint."""
    return settings.data / "ledger" / "checkpoint"


def embedded(settings: Settings) -> EmbeddedPostgres:
    """Return the embedded PostgreSQL of a data folder."""
    return EmbeddedPostgres(settings.data / "postgres")


def embedded_url(settings: Settings, name: str) -> str:
    """Return the URL of a database of the embedded server, which is started if necessary."""
    server = embedded(settings)
    server.start()
    return server.url(name)


def database_url(settings: Settings) -> str:
    """Return the registry's URL: the configured one, or that of the (started) embedded server."""
    if settings.database.url:
        return settings.database.url
    return embedded_url(settings, "yici")
