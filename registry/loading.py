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

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from registry.agencies import Agency, System
from registry.catalogue import Dataset
from registry.errors import RuleError
from registry.grants import Grant
from registry.licenses.types import LicenseType
from registry.matters import Matter
from registry.parsing import load_yaml, parse
from registry.registrar import Registrar
from registry.seals.rules import SealRule

_SECTIONS = {"agencies", "systems", "matters", "grants", "catalogue", "license_types", "seal_rules"}
_DESCRIPTION = {"connection", "table", "keys", "fields", "single", "drop", "rest"}  # the rest of a dataset description
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many items of each register changed."""

    agencies: int
    systems: int
    datasets: int
    matters: int
    grants: int
    license_types: int = 0
    seal_rules: int = 0


async def load(paths: Sequence[Path], registrar: Registrar, only: str = "") -> Loaded:
    """Load files: all of them, or nothing; with ``only``, files of that one section.

    Raises:
        RuleError: names the file, the place and the rule.
    """
    agencies: list[Agency] = []
    systems: list[System] = []
    datasets: list[Dataset] = []
    matters: list[Matter] = []
    grants: list[Grant] = []
    license_types: list[LicenseType] = []
    seal_rules: list[SealRule] = []
    for path in paths:
        data = load_yaml(path)
        if not isinstance(data, dict) or set(data) - _SECTIONS - (_DESCRIPTION if "catalogue" in data else set()):
            raise RuleError(path.name, f"sections are {', '.join(sorted(_SECTIONS))}")
        if only and set(data) != {only}:
            raise RuleError(path.name, f"holds more than {only}, or none; yici catalog load takes every section")
        agencies += _items(Agency, data.get("agencies"), f"{path.name}: agencies")
        systems += _items(System, data.get("systems"), f"{path.name}: systems")
        matters += _items(Matter, data.get("matters"), f"{path.name}: matters")
        license_types += _items(LicenseType, data.get("license_types"), f"{path.name}: license_types")
        seal_rules += _items(SealRule, data.get("seal_rules"), f"{path.name}: seal_rules")
        grants += _items(Grant, data.get("grants"), f"{path.name}: grants")
        if "catalogue" in data:
            datasets.append(parse(Dataset, data["catalogue"], f"{path.name}: catalogue"))
    async with registrar.change():
        return Loaded(
            agencies=await registrar.add_agencies(agencies),
            systems=await registrar.add_systems(systems),
            datasets=await registrar.add_datasets(datasets),
            license_types=await registrar.add_license_types(license_types),
            matters=await registrar.add_matters(matters),
            grants=await registrar.add_grants(grants),
            seal_rules=await registrar.add_seal_rules(seal_rules),
        )


def _items(shape: type[T], data: Any, where: str) -> list[T]:
    if data is None:
        return []
    if not isinstance(data, list):
        raise RuleError(where, "must be a list")
    return [parse(shape, item, f"{where}[{at}]") for at, item in enumerate(data)]
