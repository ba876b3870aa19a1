"""The items of YAML files of registers, and the faults of these files.

::

    agencies: [{uscc: …, name: …, region: …}]
    systems:  [{id: …, agency: …, name: …, duty: request}]
    people:   [{id: …, agency: …, number: …, name: …, duties: [request, approve]}]
    license_types: [{id: …, name: …, code: …, issuers: […], holder_kinds: […], fields: […], …}]
    matters:  [{id: …, name: …, agency: …, requirements: […]}]
    grants:   [{id: …, agency: …, dataset: …, fields: […], modes: […], matters: […], …}]
    seal_rules: [{id: …, seal: …, systems: […], target_kinds: […], matters: […], …}]
    catalogue: {id: …, …}     # one dataset, as in a dataset description
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.agencies import Agency, System
from registry.catalogue import Dataset
from registry.errors import RuleError
from registry.faults import Faults
from registry.grants import Grant
from registry.licenses.types import DATASET_PREFIX, LicenseType
from registry.matters import Matter
from registry.parsing import load_yaml, parse
from registry.people import Person
from registry.seals.rules import SealRule

SECTIONS: dict[str, type[Any]] = {
    "agencies": Agency, "systems": System, "people": Person, "catalogue": Dataset, "license_types": LicenseType,
    "matters": Matter, "grants": Grant, "seal_rules": SealRule,
}  # fmt: skip
_DESCRIPTION = ("connection", "table", "keys", "fields", "single", "drop", "rest")  # the rest of a dataset description
_ID = re.compile(r"[^\W\d_][\w.:-]{0,99}|[0-9A-Z]{18}")


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a section of a file."""

    file: str
    section: str
    value: Any

    @property
    def id(self) -> str:
        """The item's id."""
        return str(self.value.uscc if isinstance(self.value, Agency) else self.value.id)

    @property
    def place(self) -> str:
        """The item's section and id, as faults name it."""
        return f"{self.section}[{self.id}]"


class RegisterFiles:
    """The well-formed items of files; all other content is among the faults."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.faults = Faults()
        self._places: set[tuple[str, str]] = set()
        self._faulty: set[str] = set()
        self._unread = False

    def read(self, path: Path, only: str = "") -> None:
        """Read a file; ``only`` limits it to one section."""
        try:
            data = load_yaml(path)
            if not isinstance(data, dict):
                raise RuleError(path.name, f"must hold sections: {', '.join(SECTIONS)}")
        except RuleError as error:
            self.faults.add(error.field, error.rule)
            self._unread = True
            return
        faults = Faults(f"{path.name}: ")
        known = [*SECTIONS, *(_DESCRIPTION if "catalogue" in data else ())]
        for name in [name for name in data if name not in known]:
            faults.add(str(name), f"no such section; there are {', '.join(SECTIONS)}")
            for item in data[name] if isinstance(data[name], list) else ():
                self._add_faulty(item)
        if only and set(data) != {only}:
            faults.add("sections", f"must be {only} alone; yici catalog load takes every section")
        for name in SECTIONS:
            items = [data[name]] if name == "catalogue" and name in data else data.get(name)
            if items is not None and not isinstance(items, list):
                faults.add(name, "must be a list")
                self._unread = True
                continue
            for at, item in enumerate(items or ()):
                with faults.collecting():
                    self._parse(path.name, name, at, item)
        with self.faults.collecting():
            faults.raise_any()

    def _parse(self, file: str, section: str, at: int, item: Any) -> None:
        where = section if section == "catalogue" else f"{section}[{_name(item, at)}]"
        try:
            found = Item(file, section, parse(SECTIONS[section], item, where))
            if (file, found.place) in self._places:
                raise RuleError(where, "is there twice")
            self._places.add((file, found.place))
            self.items.append(found)
        except RuleError:
            self._add_faulty(item)
            raise

    def refuse(self, error: RuleError) -> set[str]:
        """Add the faults of an error, each with its item's file; return the places of the items.

        A fault about another item that is in the files, but is at fault itself, is left out.

        Raises:
            RuleError: a fault is not of an item of the files.
        """
        items = {item.place: item for item in self.items}
        places = {fault.field: fault.field.partition("]")[0] + "]" for fault in error.faults}
        if not set(places.values()) <= set(items):
            raise error
        for fault in error.faults:
            if not (fault.about and (self._unread or fault.about in self._faulty)):
                self.faults.add(f"{items[places[fault.field]].file}: {fault.field}", fault.rule)
        for place in places.values():
            self._add_faulty({"id": items[place].id})
        return set(places.values())

    def _add_faulty(self, item: Any) -> None:
        """Add the id of an item at fault, and of the dataset that it is if it is a license type."""
        if isinstance(item, dict):
            found = str(item.get("id") or item.get("uscc"))
            self._faulty |= {found, DATASET_PREFIX + found}


def _name(item: Any, at: int) -> str:
    """Return an item's id, or its position in the section if it has none."""
    named = (item.get("id") or item.get("uscc")) if isinstance(item, dict) else None
    return named if isinstance(named, str) and _ID.fullmatch(named) else str(at)
