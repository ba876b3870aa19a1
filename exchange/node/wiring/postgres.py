"""The PostgreSQL of a node: the server of the settings, or the one embedded in the data folder."""

from pathlib import Path

from exchange.settings import Settings
from registry.embedded import EmbeddedPostgres


def embedded(data: Path) -> EmbeddedPostgres:
    """Return the embedded PostgreSQL of a data folder."""
    return EmbeddedPostgres(data / "postgres")


def embedded_url(settings: Settings, name: str) -> str:
    """Return the URL of a database of the embedded server, which is started if necessary."""
    server = embedded(settings.data)
    server.start()
    return server.url(name)


def database_url(settings: Settings) -> str:
    """Return the registry's URL: the configured one, or that of the (started) embedded server."""
    if settings.database.url:
        return settings.database.url
    return embedded_url(settings, "yici")
