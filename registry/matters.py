"""Matters: the procedures of departments, and the data that replace the paper proofs they required."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict

from registry.catalogue import Dataset
from registry.claim_checks import check_claims
from registry.claims import Claim
from registry.errors import RuleError
from registry.faults import Faults
from registry.parsing import MAX_NAME, STRICT, Id, LegalBasis, Name


class Mode(StrEnum):
    """A way to use a dataset: verify or query."""

    VERIFY = "verify"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Option:
    """One way to settle a requirement: a dataset or license type, and the claims to verify in it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    dataset: Id
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A fact that a matter requires, the paper that used to prove it, and the data that replaces it.

    ``claims`` may contain ``{name}``, replaced by a fact of the case. ``instead`` are alternatives, tried in order when
    the previous one did not prove it, such as a license or another dataset. Without a dataset, the applicant supplies
    the paper, and ``how`` (in English ``how_en``) says how to get it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Id
    proof: Name
    proof_en: Name
    legal_basis: LegalBasis
    demanded_by: Name
    issued_by: Name
    dataset: str = ""
    subject: str = "applicant"
    claims: tuple[Claim, ...] = ()
    how: str = ""
    how_en: str = ""
    instead: tuple[Option, ...] = ()

    @property
    def options(self) -> tuple[Option, ...]:
        """All ways to settle it, in order."""
        return (Option(self.dataset, self.claims), *self.instead) if self.dataset else ()

    def __post_init__(self) -> None:
        faults = Faults()
        rule = "either a dataset with claims, or how to get the paper"
        faults.require(bool(self.dataset) != bool(self.how), "dataset", rule)
        faults.require(bool(self.dataset) == bool(self.claims), "claims", rule)
        for name in ("how", "how_en"):
            faults.require(len(getattr(self, name)) <= MAX_NAME, name, f"at most {MAX_NAME} characters")
        faults.require(self.dataset or not self.instead, "instead", "goes with a dataset")
        faults.raise_any()


@dataclass(frozen=True, slots=True)
class Matter:
    """事项: a procedure with its requirements."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Id
    name: Name
    name_en: Name
    agency: str
    requirements: tuple[Requirement, ...]
    version: int = 1

    def __post_init__(self) -> None:
        faults, names = Faults(), [item.id for item in self.requirements]
        for name in sorted({name for name in names if names.count(name) > 1}):
            faults.add("requirements", f"{name} is there twice")
        faults.raise_any()

    def allows(self, dataset: str, legal_basis: str) -> bool:
        """Return whether the matter requires the dataset on that legal basis."""
        return any(
            option.dataset == dataset and item.legal_basis == legal_basis
            for item in self.requirements
            for option in item.options
        )

    def uses(self, dataset: str) -> bool:
        """Return whether the matter requires the dataset."""
        return any(option.dataset == dataset for item in self.requirements for option in item.options)


def check_matter(matter: Matter, datasets: Mapping[str, Dataset]) -> None:
    """Check a matter's requirements against the catalogue.

    Raises:
        RuleError: names the requirement and the rule.
    """
    faults = Faults(f"matters[{matter.id}].")
    for requirement in matter.requirements:
        for option in requirement.options:
            where = f"requirements[{requirement.id}].{option.dataset}"
            dataset = datasets.get(option.dataset)
            if dataset is None:
                faults.add(where, "no such dataset; add it first", option.dataset)
                continue
            for at, claim in enumerate(option.claims):
                try:
                    check_claims((claim,), dataset)
                except RuleError as error:
                    if ".values[" in error.field and _has_fact(claim):
                        continue  # facts are checked when a case supplies them
                    place = f"{where}.claims[{at}].{error.field.partition('.')[2]}"
                    faults.add(place, error.rule, option.dataset)
    faults.raise_any()


def _has_fact(claim: Claim) -> bool:
    values = [*claim.values, *[value for condition in claim.where for value in condition.values]]
    return any("{" in value for value in values)
