"""Grants: which agency may use which fields of a dataset, how, for which matters, and how often."""

from collections.abc import Collection, Iterable, Iterator, Mapping
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


class Grants(Mapping[tuple[str, str], tuple[Grant, ...]]):
    """Grants by dataset and agency, ordered by id; immutable, but a change shares what it is not about."""

    def __init__(self) -> None:
        self._datasets: dict[str, dict[str, tuple[Grant, ...]]] = {}
        self._parties: dict[str, tuple[str, str]] = {}  # by id; of the last change, which alone is changed again

    def __getitem__(self, party: tuple[str, str]) -> tuple[Grant, ...]:
        dataset, agency = party
        return self._datasets[dataset][agency]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((dataset, agency) for dataset, agencies in self._datasets.items() for agency in agencies)

    def __len__(self) -> int:
        return sum(map(len, self._datasets.values()))

    def changed(self, ids: Collection[str], grants: Iterable[Grant]) -> "Grants":
        """Return these without those of some ids, and with others in their place."""
        found = Grants()
        found._datasets, found._parties = dict(self._datasets), self._parties
        added: dict[tuple[str, str], list[Grant]] = {}
        for name in ids:
            if party := found._parties.pop(name, None):
                added.setdefault(party, [])
        for grant in grants:
            party = found._parties[grant.id] = grant.dataset, grant.agency
            added.setdefault(party, []).append(grant)
        for dataset in {dataset for dataset, _ in added}:
            found._datasets[dataset] = dict(self._datasets.get(dataset, {}))
        for (dataset, agency), items in added.items():
            agencies = found._datasets[dataset]
            kept = [grant for grant in agencies.pop(agency, ()) if grant.id not in ids]
            if kept or items:
                agencies[agency] = tuple(sorted([*kept, *items], key=lambda grant: grant.id))
        return found


def by_party(grants: Iterable[Grant]) -> Grants:
    """Return grants by dataset and agency."""
    return Grants().changed((), grants)


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
