"""Matters: the procedures that departments handle, and what replaces each paper proof that they once demanded."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict

from registry.claims import Claim
from registry.errors import RuleError
from registry.parsing import STRICT


class Mode(StrEnum):
    """How a dataset may be used."""

    VERIFY = "verify"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing a matter needs to know, the paper that used to prove it, and the data that replaces it.

    ``claims`` may hold ``{name}`` where a fact of the case is to stand. Without a dataset the applicant must supply
    the paper, and ``how`` says how to get it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: str
    proof: str
    proof_en: str
    legal_basis: str
    demanded_by: str
    issued_by: str
    dataset: str = ""
    subject: str = "applicant"
    claims: tuple[Claim, ...] = ()
    how: str = ""

    def __post_init__(self) -> None:
        if bool(self.dataset) != bool(self.claims) or bool(self.dataset) == bool(self.how):
            raise RuleError(f"requirement {self.id}", "either a dataset with claims, or how to get the paper")


@dataclass(frozen=True, slots=True)
class Matter:
    """事项: a procedure, with its requirements."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: str
    name: str
    name_en: str
    agency: str
    requirements: tuple[Requirement, ...]
    version: int = 1

    def allows(self, dataset: str, legal_basis: str) -> bool:
        """Whether the matter needs the dataset, on that legal basis."""
        return any(item.dataset == dataset and item.legal_basis == legal_basis for item in self.requirements)

    def uses(self, dataset: str) -> bool:
        """Whether the matter needs the dataset at all."""
        return any(item.dataset == dataset for item in self.requirements)
