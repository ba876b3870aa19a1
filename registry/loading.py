"""Loading registers from YAML, from any number of files.

::

    agencies: [{uscc: …, name: …, region: …}]
    systems:  [{id: …, agency: …, name: …, duty: request}]
    license_types: [{id: …, name: …, code: …, issuers: […], holder_kinds: […], fields: […], …}]
    matters:  [{id: …, name: …, agency: …, requirements: […]}]
    grants:   [{id: …, agency: …, dataset: …, fields: […], modes: […], matters: […], …}]
    seal_rules: [{id: …, seal: …, systems: […], target_kinds: […], matters: […], …}]
    catalogue: {id: …, …}     # one dataset, as in a dataset description
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.agencies import Agency, System
from registry.catalogue import Dataset
from registry.errors import RuleError
from registry.faults import Faults
from registry.grants import Grant
from registry.licenses.types import LicenseType
from registry.matters import Matter
from registry.parsing import load_yaml, parse
from registry.registrar import Registrar
from registry.seals.rules import SealRule

_SECTIONS: dict[str, type[Any]] = {
    "agencies": Agency, "systems": System, "catalogue": Dataset, "license_types": LicenseType, "matters": Matter,
    "grants": Grant, "seal_rules": SealRule,
}  # fmt: skip
_ADDED = {"catalogue": "datasets"}
_STAGES = (("agencies",), ("systems", "catalogue", "license_types"), ("matters", "grants", "seal_rules"))
_DESCRIPTION = ("connection", "table", "keys", "fields", "single", "drop", "rest")  # the rest of a dataset description
_ID = re.compile(r"[^\W\d_][\w.:-]{0,99}|[0-9A-Z]{18}")


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


async def load(paths: Sequence[Path], registrar: Registrar, only: str = "") -> Loaded:
    """Load files as one change; ``only`` limits them to one section.

    Raises:
        RuleError: names all faults, each by file, section, place and rule.
    """
    faults = Faults()
    found: dict[str, list[Any]] = {name: [] for name in _SECTIONS}
    for path in paths:
        with faults.collecting():
            _read(path, only, found)
    faults.raise_any()
    async with registrar.change():
        counts: dict[str, int] = {}
        for stage in _STAGES:  # later stages refer to items of earlier ones
            for name in stage:
                with faults.collecting():
                    counts[name] = await getattr(registrar, f"add_{_ADDED.get(name, name)}")(found[name])
            faults.raise_any()
    return Loaded(**{_ADDED.get(name, name): count for name, count in counts.items()})


def _read(path: Path, only: str, found: dict[str, list[Any]]) -> None:
    """Add a file's items, by section, to ``found``."""
    data = load_yaml(path)
    if not isinstance(data, dict):
        raise RuleError(path.name, f"must hold sections: {', '.join(_SECTIONS)}")
    faults = Faults(f"{path.name}: ")
    known = [*_SECTIONS, *(_DESCRIPTION if "catalogue" in data else ())]
    for name in data:
        faults.require(name in known, str(name), f"no such section; there are {', '.join(_SECTIONS)}")
    if only and set(data) != {only}:
        faults.add("sections", f"must be {only} alone; yici catalog load takes every section")
    faults.raise_any()
    for name, shape in _SECTIONS.items():
        items = [data[name]] if name == "catalogue" and name in data else data.get(name)
        if items is not None and not isinstance(items, list):
            faults.add(name, "must be a list")
            continue
        for at, item in enumerate(items or ()):
            with faults.collecting():
                found[name].append(parse(shape, item, name if name == "catalogue" else f"{name}[{_name(item, at)}]"))
    faults.raise_any()


def _name(item: Any, at: int) -> str:
    """Return an item's id, or its position in the section if it has none."""
    named = (item.get("id") or item.get("uscc")) if isinstance(item, dict) else None
    return named if isinstance(named, str) and _ID.fullmatch(named) else str(at)
