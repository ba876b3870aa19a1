"""The datasets that a data folder describes, each with its description or the error in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.description import Description, load_description
from registry.errors import RuleError

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
