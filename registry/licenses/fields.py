"""Fields of license types: form, codes, and where a value comes from."""

from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict

from registry.catalogue import Field, FieldType, Sensitivity
from registry.errors import RuleError
from registry.faults import Faults
from registry.parsing import STRICT, Name

_MAX_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of a field's value, if it is on record already."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    dataset: str
    field: str


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
