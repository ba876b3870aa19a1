"""Where the node's database is, and the word by which processes know each other; light, so that starting is quick."""

from exchange.settings import Settings
from registry.embedded import EmbeddedPostgres

READY = b"ready\n"
"""What a worker writes to its supervisor once it accepts calls."""


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
