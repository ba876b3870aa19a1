"""Grants: which agency may use which fields of a dataset, how, for which matters, and how often."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import ConfigDict

from registry.agencies import State
from registry.catalogue import Dataset, Sharing
from registry.faults import Faults
from registry.identifiers import parse_uscc
from registry.matters import Mode
from registry.parsing import OFFSET_RULE, STRICT, Id, LegalBasis, Uscc

MAX_QUOTA = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Grant:
    """共享授权: ``clear_fields`` are unmasked; ``daily_quota`` limits subjects a day, None for no limit."""

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
        faults = Faults()
        with faults.collecting("agency"):
            parse_uscc(self.agency)
        for name in ("fields", "modes", "matters"):
            faults.require(getattr(self, name), name, "at least one is required")
        for name, at in (("valid_from", self.valid_from), ("valid_to", self.valid_to)):
            faults.require(at.tzinfo, name, OFFSET_RULE)
        if self.valid_from.tzinfo and self.valid_to.tzinfo:
            faults.require(self.valid_from < self.valid_to, "valid_to", "must be after valid_from")
        faults.require(set(self.clear_fields) <= set(self.fields), "clear_fields", "must be among fields")
        quota = self.daily_quota
        faults.require(quota is None or 0 <= quota <= MAX_QUOTA, "daily_quota", f"0 to {MAX_QUOTA}")
        faults.raise_any()


def by_party(grants: Iterable[Grant]) -> Mapping[tuple[str, str], tuple[Grant, ...]]:
    """Return grants by dataset and agency, in the order given."""
    found: dict[tuple[str, str], list[Grant]] = {}
    for grant in grants:
        found.setdefault((grant.dataset, grant.agency), []).append(grant)
    return {party: tuple(items) for party, items in found.items()}


def check_grant(grant: Grant, dataset: Dataset | None) -> None:
    """Check a grant against the catalogue.

    Raises:
        RuleError: the dataset is unknown or withheld, or lacks a field.
    """
    faults = Faults(f"grants[{grant.id}].")
    if dataset is None:
        faults.add("dataset", f"no such dataset: {grant.dataset}; add it first", grant.dataset)
    elif dataset.sharing is Sharing.WITHHELD:
        faults.add("dataset", f"{dataset.id} is withheld", dataset.id)
    else:
        for name in grant.fields:
            faults.require(dataset.field(name), "fields", f"no field {name} in {dataset.id}", dataset.id)
    faults.raise_any()
