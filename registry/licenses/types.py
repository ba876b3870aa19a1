"""License types (证照类型): the fields, holders, issuers and validity of a kind of e-license."""

import calendar
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from pydantic import ConfigDict

from registry.catalogue import Dataset, Field, FieldType, Sensitivity, Sharing
from registry.errors import RuleError
from registry.faults import Faults
from registry.identifiers import SubjectKind, parse_uscc
from registry.licenses.holders import HolderKind, subject_kinds
from registry.licenses.identifier import parse_type_code
from registry.licenses.states import STATE_NAMES
from registry.parsing import STRICT, Id, Name, Uscc

DATASET_PREFIX = "license."
_MAX_LENGTH = 400


class OnSourceChange(StrEnum):
    """The reaction if a source's data no longer confirm the facts of a license."""

    FLAG = "flag"
    SUSPEND = "suspend"


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of a field's value, if it is on record already."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    dataset: str
    field: str


@dataclass(frozen=True, slots=True)
class Requisite:
    """A condition of issue that must stay true: a field's value in a dataset."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    dataset: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class LicenseField:
    """One field of a license; ``extension`` is its name in GB/T 36903 metadata, ``KZ_…``.

    ``standard_codes`` has the code of a national standard, used in metadata, for each of ``codes``; without it the
    codes are the standard's own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    title: Name
    title_en: Name
    extension: str
    type: FieldType = FieldType.TEXT
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    codes: dict[str, str] = field(default_factory=dict)
    standard_codes: dict[str, str] = field(default_factory=dict)
    max_length: int = 200
    required: bool = True
    origin: Origin | None = None

    def __post_init__(self) -> None:
        faults = Faults()
        faults.require(self.extension.startswith("KZ_"), "extension", "must begin with KZ_ (GB/T 36903)")
        faults.require(0 < self.max_length <= _MAX_LENGTH, "max_length", f"1 to {_MAX_LENGTH}")
        own = self.standard_codes
        whole = not own or (set(own) == set(self.codes) and len(set(own.values())) == len(own))
        faults.require(whole, "standard_codes", "a different one for each code, and no other")
        with faults.collecting():
            self.catalogued()
        faults.raise_any()

    def to_standard(self, value: str) -> str:
        """Return a value in the form of metadata."""
        return self.standard_codes.get(value, value)

    def from_standard(self, value: str) -> str:
        """Return a value of metadata in the form of the license.

        Raises:
            RuleError: the value is not a code of the standard; names the metadata item.
        """
        if not self.standard_codes:
            return value
        for code, standard in self.standard_codes.items():
            if value == standard:
                return code
        raise RuleError(self.extension, f"one of {', '.join(self.standard_codes.values())}")

    @property
    def concealed(self) -> bool:
        """Whether a holder may withhold it when presenting the license."""
        return self.sensitivity is not Sensitivity.PUBLIC

    def catalogued(self) -> Field:
        """Return the field as a field of the catalogue."""
        return Field(self.name, self.title, self.title_en, self.type, self.sensitivity, codes=self.codes)


@dataclass(frozen=True, slots=True)
class Validity:
    """The validity of licenses of a type: ``months`` unless stated otherwise, and at most ``longest``.

    0 means without end.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    months: int = 0
    longest: int = 0

    def until(self, begin: date) -> date | None:
        """Return the last day of a license that begins on ``begin``; None if it has no end."""
        return _after(begin, self.months)

    def latest(self, begin: date) -> date | None:
        """Return the latest last day that such a license may state; None if there is no limit."""
        return _after(begin, self.longest)


def _after(begin: date, months: int) -> date | None:
    """Return the last day of a period of months from ``begin``; None for 0 months."""
    if not months:
        return None
    month = begin.month - 1 + months
    year, month = begin.year + month // 12, month % 12 + 1
    day = min(begin.day, calendar.monthrange(year, month)[1])
    return date.fromordinal(date(year, month, day).toordinal() - 1)


@dataclass(frozen=True)
class LicenseType:
    """证照类型: ``local`` marks codes outside the standards; ``source`` answers queries about its licenses."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Id
    name: Name
    name_en: Name
    code: str
    definer: str
    source: Uscc
    issuers: tuple[Uscc, ...]
    holder_kinds: tuple[HolderKind, ...]
    fields: tuple[LicenseField, ...]
    local: bool = False
    supervisor: str = ""
    many_holders: bool = False
    photo: bool = False
    validity: Validity = Validity()
    activation: bool = False
    requires: tuple[Requisite, ...] = ()
    on_source_change: OnSourceChange = OnSourceChange.FLAG
    template: str = "page"
    sharing: Sharing = Sharing.UNCONDITIONAL
    version: int = 1

    def __post_init__(self) -> None:
        faults = Faults()
        with faults.collecting("code"):
            parse_type_code(self.code)
        faults.require(self.template.isidentifier(), "template", "a name of letters, digits and _")
        for uscc in self.issuers:
            with faults.collecting("issuers"):
                parse_uscc(uscc)
        for name in ("fields", "holder_kinds", "issuers"):
            faults.require(getattr(self, name), name, "at least one is required")
        names = [item.name for item in self.fields]
        for name in sorted({name for name in names if names.count(name) > 1 or name in _COMMON}):
            faults.add("fields", f"{name} is there twice, or is one of {', '.join(_COMMON)}")
        faults.raise_any()

    @cached_property
    def by_name(self) -> dict[str, LicenseField]:
        """Its fields by name."""
        return {item.name: item for item in self.fields}

    @property
    def dataset_id(self) -> str:
        """The id of the dataset of these licenses."""
        return DATASET_PREFIX + self.id

    def dataset(self) -> Dataset:
        """Return these licenses as a dataset of the catalogue."""
        own = [item.catalogued() for item in self.fields]
        keys = dict.fromkeys(subject for kind in self.holder_kinds for subject in subject_kinds(kind))
        return Dataset(
            self.dataset_id,
            self.name,
            self.name_en,
            self.source,
            self.sharing,
            (*keys, SubjectKind.LICENSE_IDENTIFIER),
            "at once",
            (*_COMMON_FIELDS, *own),
        )


_STATES = {state.value: name for state, name in STATE_NAMES.items()}
_COMMON_FIELDS = (
    Field("identifier", "证照标识", "Identifier", sensitivity=Sensitivity.PUBLIC),
    Field("number", "证照编号", "Number", sensitivity=Sensitivity.PUBLIC),
    Field(
        "state",
        "证照状态",
        "State",
        FieldType.CODE,
        Sensitivity.PUBLIC,
        codes=_STATES,
    ),
    Field("issuer", "颁发机构代码", "Issuer", sensitivity=Sensitivity.PUBLIC),
    Field("issued_on", "颁发日期", "Issued on", FieldType.DATE, Sensitivity.PUBLIC),
    Field("valid_from", "有效期起", "Valid from", FieldType.DATE, Sensitivity.PUBLIC),
    Field("valid_to", "有效期止", "Valid to", FieldType.DATE, Sensitivity.PUBLIC),
    Field("holder_name", "持证主体", "Holder", sensitivity=Sensitivity.PERSONAL),
)
_COMMON = tuple(item.name for item in _COMMON_FIELDS)
