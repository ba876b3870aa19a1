"""License types (证照类型): the fields, holders, issuers and validity of a kind of e-license."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from pydantic import ConfigDict

from registry.catalogue import Dataset, Field, FieldType, Sensitivity, Sharing
from registry.faults import Faults
from registry.identifiers import SubjectKind, parse_uscc
from registry.licenses.fields import LicenseField
from registry.licenses.holders import HolderKind, subject_kinds
from registry.licenses.identifier import parse_type_code
from registry.licenses.states import STATE_NAMES
from registry.licenses.validity import Validity
from registry.parsing import STRICT, Id, Name, Uscc

DATASET_PREFIX = "license."


class OnSourceChange(StrEnum):
    """The reaction if a source's data no longer confirm the facts of a license."""

    FLAG = "flag"
    SUSPEND = "suspend"


@dataclass(frozen=True, slots=True)
class Requisite:
    """A condition of issue that must stay true: a field's value in a dataset."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    dataset: str
    field: str
    value: str


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
    validity: Validity = field(default_factory=Validity)
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
