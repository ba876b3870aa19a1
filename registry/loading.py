"""Loading registers from YAML, from any number of files: all of them, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.errors import RuleError
from registry.register_files import RegisterFiles
from registry.registrar import Registrar

_ADDED = {"catalogue": "datasets"}
_ORDER = ("agencies", "systems", "people", "catalogue", "license_types", "matters", "grants", "seal_rules")
"""The sections, each after those that its items name."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The number of changed items of each register."""

    agencies: int
    systems: int
    datasets: int
    matters: int
    grants: int
    license_types: int = 0
    seal_rules: int = 0
    people: int = 0


async def load(paths: Sequence[Path], registrar: Registrar, only: str = "") -> Loaded:
    """Load files as one change; ``only`` limits them to one section.

    Raises:
        RuleError: names all faults, each by file, section, place and rule.
    """
    files = RegisterFiles()
    for path in paths:
        files.read(path, only)
    async with registrar.change():
        counts = {_ADDED.get(name, name): await _add(name, files, registrar) for name in _ORDER}
        files.faults.raise_any()
    return Loaded(**counts)


async def _add(section: str, files: RegisterFiles, registrar: Registrar) -> int:
    """Add the items of a section that have no fault, so that others can be checked against them."""
    add = getattr(registrar, f"add_{_ADDED.get(section, section)}")
    items = [item for item in files.items if item.section == section]
    while True:
        try:
            return int(await add([item.value for item in items]))
        except RuleError as error:
            refused = files.refuse(error)
            items = [item for item in items if item.place not in refused]
