"""Descriptions and connections of the data folder, and the sources made from them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.description import Description, load_description
from adapters.errors import SourceError
from adapters.file import FileSource
from adapters.rest import RestAccess, RestSource
from adapters.source import Source
from adapters.sql import SqlSource
from exchange.settings import BrokenConnection, Connection, FileConnection, RestConnection, Settings, SqlConnection
from registry.errors import RuleError

REST_FILES = ("token_file", "ca_file", "certificate_file", "key_file")
_ID = re.compile(r"^\s*id:\s*[\"']?([A-Za-z0-9._:-]{1,100})[\"']?\s*$", re.MULTILINE)
_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class Described:
    """One dataset's description, or the error in it."""

    dataset: str
    file: str
    description: Description | None
    wrong: str = ""


def descriptions_of(folder: Path, known: Mapping[str, str] | None = None) -> Mapping[str, Described]:
    """Return a folder's descriptions by dataset; an invalid file does not affect others.

    ``known`` has the dataset of each file's last valid description, by file name.
    """
    found: dict[str, Described] = {}
    for path in sorted(folder.glob("*.yaml")):
        item = _described(path, known or {})
        if item.dataset in found:
            item = Described(item.dataset, path.name, None, f"{path.name}: another file describes the same dataset")
        found[item.dataset] = item
    for path in sorted(folder.glob("*.yml")):  # a frequent mistake, which would leave the dataset unknown
        dataset = _named(path)
        if dataset not in found:
            found[dataset] = Described(dataset, path.name, None, f"{path.name}: only files that end in .yaml are read")
    return found


def _described(path: Path, known: Mapping[str, str]) -> Described:
    try:
        description = load_description(path)
    except (RuleError, OSError) as error:
        said = str(error) if isinstance(error, RuleError) else f"{path.name}: cannot be read"
        return Described(known.get(path.name) or _named(path), path.name, None, said)
    return Described(description.catalogue.id, path.name, description)


def _named(path: Path) -> str:
    """Return the dataset of an invalid description as far as possible: its id, or the file's name."""
    try:
        text = path.read_bytes()[:_READ].decode("utf-8", "replace")
    except OSError:
        return path.stem
    found = _ID.search(text)
    return found[1] if found else path.stem


def load_descriptions(folder: Path) -> list[Description]:
    """Return all descriptions of a folder.

    Raises:
        RuleError: one is invalid, or two describe the same dataset.
    """
    found = descriptions_of(folder).values()
    for item in found:
        if item.description is None:
            raise RuleError(f"dataset {item.dataset}", item.wrong)
    return [item.description for item in found if item.description is not None]


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
            placed = {name: settings.path(path) if (path := getattr(connection, name)) else None for name in REST_FILES}
            return RestSource(description, RestAccess(connection.base_url, connection.batch, **placed), seconds)
        case FileConnection():
            return FileSource(description, settings.path(connection.folder), settings.data / "indexes")
        case BrokenConnection():
            raise RuleError(f"connections.{description.connection}{connection.place}", connection.rule)
