"""The wiring of departments' sources, by the descriptions and connections of the data folder."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial

from adapters.description import Description
from adapters.errors import SourceError
from adapters.file import FileSource
from adapters.rest import RestSource
from adapters.rest_service import RestAccess
from adapters.source import Source
from adapters.sql import SqlSource
from exchange.node.counting import keep_counts
from exchange.node.counts import Counts
from exchange.node.sources import Sources
from exchange.settings import BrokenConnection, Connection, FileConnection, RestConnection, Settings, SqlConnection
from registry.errors import RuleError


@asynccontextmanager
async def open_sources(settings: Settings) -> AsyncIterator[Sources]:
    """Open all described sources; ``keep_current`` follows the data folder."""
    sources = Sources(settings, make_source)
    try:
        await sources.open()
        yield sources
    finally:
        await sources.close()


def counts_of(settings: Settings) -> Counts:
    """Return the counts of keys in a data folder."""
    return Counts(settings.data)


def counting_job(settings: Settings) -> Coroutine[None, None, None]:
    """Return the job that counts the keys of all sources, with connections of its own."""
    return keep_counts(partial(open_sources, settings), counts_of(settings))


def make_source(settings: Settings, description: Description) -> Source:
    """Create the source of a description with a connection of the settings.

    Raises:
        RuleError: there is no such connection, or its settings cannot be used.
    """
    connection = settings.connections.get(description.connection)
    if connection is None:
        raise RuleError(
            f"description {description.catalogue.id}", f"no connection {description.connection} in the settings"
        )
    try:
        return _connected(settings, description, connection)
    except SourceError as error:
        raise RuleError(f"connections.{description.connection}", str(error)) from error


def _connected(settings: Settings, description: Description, connection: Connection | BrokenConnection) -> Source:
    seconds = settings.limits.max_seconds
    match connection:
        case SqlConnection():
            return SqlSource(description, connection.url, seconds)
        case RestConnection():
            files = {name: settings.path(path) for name, path in connection.files.items()}
            return RestSource(description, RestAccess(connection.base_url, connection.batch, **files), seconds)
        case FileConnection():
            return FileSource(description, settings.path(connection.folder), settings.data / "indexes")
        case BrokenConnection():
            raise RuleError(f"connections.{description.connection}{connection.place}", connection.rule)
