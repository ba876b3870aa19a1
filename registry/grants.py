"""Grants: which agency may use which fields of a dataset, how, for which matters, until when and how often."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import ConfigDict

from registry.agencies import State
from registry.catalogue import Dataset, Sharing
from registry.errors import RuleError
from registry.identifiers import parse_uscc
from registry.matters import Mode
from registry.parsing import STRICT, Id, LegalBasis, Uscc

MAX_QUOTA = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Grant:
    """共享授权. ``clear_fields`` are shown unmasked; ``daily_quota`` counts subjects a day, None for no limit."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Id
    agency: Uscc
    dataset: Id
    fields: tuple[str, ...]
    modes: tuple[Mode, ...]
    matters: tuple[Id, ...]
    legal_basis: LegalBasis
    valid_from: datetime
    valid_to: datetime
    clear_fields: tuple[str, ...] = ()
    daily_quota: int | None = None
    state: State = State.ACTIVE

    def __post_init__(self) -> None:
        parse_uscc(self.agency)
        if not (self.fields and self.modes and self.matters and self.legal_basis):
            raise RuleError(f"grant {self.id}", "fields, modes, matters and legal_basis are required")
        if self.valid_from.tzinfo is None or self.valid_to.tzinfo is None:
            raise RuleError(f"grant {self.id}", "valid_from and valid_to must name their offset")
        if self.valid_from >= self.valid_to:
            raise RuleError(f"grant {self.id}", "valid_to must be after valid_from")
        if not set(self.clear_fields) <= set(self.fields):
            raise RuleError(f"grant {self.id}", "clear_fields must be among fields")
        if self.daily_quota is not None and not 0 <= self.daily_quota <= MAX_QUOTA:
            raise RuleError(f"grant {self.id}", f"daily_quota: 0 to {MAX_QUOTA}")


def check_grant(grant: Grant, dataset: Dataset | None) -> None:
    """Check a grant against the catalogue.

    Raises:
        RuleError: the dataset is unknown or withheld, or has no such field.
    """
    if dataset is None:
        raise RuleError(f"grant {grant.id}", "no such dataset")
    if dataset.sharing is Sharing.WITHHELD:
        raise RuleError(f"grant {grant.id}", "the dataset is withheld")
    for name in grant.fields:
        if dataset.field(name) is None:
            raise RuleError(f"grant {grant.id}.fields", f"no field {name} in {dataset.id}")
