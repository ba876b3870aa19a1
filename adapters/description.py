"""Descriptions: YAML files that map a dataset's legacy columns and codes to catalogue fields.

::

        catalogue: {…}            # the dataset as in the catalogue
        connection: police        # a connection of the node's settings
    table: RK_JBXX            # SQL table, REST resource, or file name
    keys: {citizen_id: GMSFHM}   # or {citizen_id: {column: GMSFHM, trim: true, …}}: see ``adapters/spelling.py``
    single: true              # at most one record a subject
    drop: {sheet: 花名册}      # how a file is laid out; for files alone
    fields:
      name: {column: XM}
      sex: {column: XB, codes: {"1": male, "2": female}}
      birth_date: {column: CSRQ, format: "%Y%m%d", born: true}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict

from adapters.columns import Column, check_column
from adapters.dates import NO_END
from adapters.errors import RecordError
from adapters.layout import Layout
from adapters.rest_answers import RestShape
from adapters.source import Record
from adapters.spelling import Key
from adapters.values import BAD_VALUE, converter
from registry.catalogue import Dataset, FieldType
from registry.faults import Faults
from registry.identifiers import SubjectKind
from registry.parsing import STRICT, load_yaml, parse


@dataclass(frozen=True, slots=True)
class Description:
    """A dataset, and where and how its department stores it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    catalogue: Dataset
    connection: str
    table: str
    keys: Mapping[SubjectKind, Key]
    fields: Mapping[str, Column]
    single: bool = False
    drop: Layout = field(default_factory=Layout)
    rest: RestShape = field(default_factory=RestShape)

    def __post_init__(self) -> None:
        faults = Faults()
        known = {item.name: item for item in self.catalogue.fields}
        for name in sorted(set(self.fields) - set(known)):
            faults.add(f"fields.{name}", "is no field of the catalogue; both must have the same")
        for name in sorted(set(known) - set(self.fields)):
            faults.add(f"fields.{name}", "has no column here; fields and catalogue fields must be the same")
        faults.require(set(self.keys) == set(self.catalogue.keys), "keys", "keys and catalogue keys must be the same")
        for kind, key in self.keys.items():
            alike = all(key == other for other in self.keys.values() if other.column == key.column)
            faults.require(alike, f"keys.{kind.value}", "kinds of one column must say the same of it")
        for name in sorted(set(known) & set(self.fields)):
            with faults.collecting():
                check_column(known[name], self.fields[name], f"fields.{name}")
        faults.raise_any()


def load_description(path: Path) -> Description:
    """Read one description from a file.

    Raises:
        RuleError: names the file, the place and the rule.
    """
    return parse(Description, load_yaml(path), path.name)


class Mapper:
    """Maps rows of a department to records; errors name the field and the rule, never the value."""

    def __init__(self, description: Description, fields: Sequence[str]) -> None:
        self.columns = [description.fields[name].column for name in fields]
        items = [description.catalogue.field(name) for name in fields]
        self._fields = list(fields)
        self._convert = [converter(item, description.fields[item.name]) for item in items if item]
        self._blank: dict[str, str | None] = {
            item.name: NO_END if item.type is FieldType.DATE else NO_END[:7]
            for item in items
            if item and "" in description.fields[item.name].no_end
        }

    def record(self, values: Sequence[Any]) -> Record:
        """Return the record of one row, given the values of ``columns`` in their order.

        Raises:
            RecordError: a value is not of its field's type.
        """
        found = self._blank.copy()
        for name, convert, value in zip(self._fields, self._convert, values, strict=True):
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            try:
                found[name] = convert(value)
            except BAD_VALUE as error:
                raise RecordError(f"{name}: the source's value is not of the field's type") from error
        return found
