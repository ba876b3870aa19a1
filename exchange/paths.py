"""Where the node keeps what it cannot lose; light, so that starting is quick."""

from pathlib import Path

from exchange.settings import Settings
from registry.embedded import EmbeddedPostgres


def published(settings: Settings) -> Path:
    """The file that holds the last checkpoint given to the outside."""
    return settings.data / "ledger" / "checkpoint"


def embedded(settings: Settings) -> EmbeddedPostgres:
    """The embedded PostgreSQL of a data folder."""
    return EmbeddedPostgres(settings.data / "postgres")


def embedded_url(settings: Settings, name: str) -> str:
    """A database of the embedded server, which is started if need be."""
    server = embedded(settings)
    server.start()
    return server.url(name)


def database_url(settings: Settings) -> str:
    """The registry's URL: the configured one, or the embedded server's, started if need be."""
    if settings.database.url:
        return settings.database.url
    return embedded_url(settings, "yici")
