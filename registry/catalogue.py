"""The catalogue: the datasets that can be queried, and their fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from pydantic import ConfigDict

from registry.faults import Faults
from registry.identifiers import SubjectKind, parse_uscc
from registry.parsing import STRICT, Id, Name, Uscc

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Sharing(StrEnum):
    """共享类型: unconditional, conditional or withheld (State Council Order 809)."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    WITHHELD = "withheld"


class FieldType(StrEnum):
    """The type of a field's values, which are exchanged as text.

    Decimal: digits with an optional sign and fraction. Date: YYYY-MM-DD. Month: YYYY-MM. Code: a key of the code table.
    """

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    MONTH = "month"
    CODE = "code"


class Sensitivity(StrEnum):
    """The sensitivity of a field for the person concerned."""

    PUBLIC = "public"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class Mask(StrEnum):
    """The mask of values that a grant does not give in clear."""

    NONE = "none"
    NAME = "name"  # 张** : the first character
    TAIL = "tail"  # ****1234 : the last four
    YEAR = "year"  # 1990-**-** : the year of a date
    HIDDEN = "hidden"  # *** : no character


@dataclass(frozen=True, slots=True)
class Field:
    """信息项: one field of a dataset."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    title: Name
    title_en: Name
    type: FieldType = FieldType.TEXT
    sensitivity: Sensitivity = Sensitivity.PERSONAL
    mask: Mask = Mask.NONE
    codes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        faults = Faults()
        # Entries of the ledger name fields, and have a limited size.
        faults.require(_NAME.fullmatch(self.name), "name", "lower-case letters, digits and underscores, at most 40")
        coded = self.type is FieldType.CODE
        faults.require(coded == bool(self.codes), "codes", "a field of type code, and no other, has a code table")
        faults.raise_any()


@dataclass(frozen=True)
class Dataset:
    """数据资源: the data of one source agency that can be queried by kinds of subject."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Id
    title: Name
    title_en: Name
    source: Uscc
    sharing: Sharing
    keys: tuple[SubjectKind, ...]
    update_cycle: Name
    fields: tuple[Field, ...]
    version: int = 1

    def __post_init__(self) -> None:
        faults = Faults()
        with faults.collecting("source"):
            parse_uscc(self.source)
        names = [item.name for item in self.fields]
        faults.require(self.keys, "keys", "at least one is required")
        faults.require(names, "fields", "at least one is required")
        for name in sorted({name for name in names if names.count(name) > 1}):
            faults.add("fields", f"{name} is there twice")
        faults.raise_any()

    def field(self, name: str) -> Field | None:
        """Return the field of that name, or None."""
        return self._fields_by_name.get(name)

    @cached_property
    def _fields_by_name(self) -> dict[str, Field]:
        return {item.name: item for item in self.fields}


def disagreeing(dataset: Dataset, other: Dataset) -> frozenset[str]:
    """Return the fields that another version of the dataset lacks or whose values it writes differently.

    It may have fewer codes, like a version from before a code was added, but no codes that the dataset lacks.
    """
    found = set()
    for item in dataset.fields:
        its = other.field(item.name)
        if its is None or its.type is not item.type or not set(its.codes) <= set(item.codes):
            found.add(item.name)
    return frozenset(found)
