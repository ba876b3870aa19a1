"""What an agency applies for, and what the source answers."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from pydantic import ConfigDict

from registry.applications.states import ApplicationChange
from registry.catalogue import Dataset, Sharing
from registry.faults import Faults
from registry.grants import MAX_QUOTA
from registry.matters import Matter, Mode
from registry.parsing import OFFSET_RULE, STRICT, Id, LegalBasis

MAX_FIELDS = 200


@dataclass(frozen=True, slots=True)
class NeededField:
    """A field, and why it is needed."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: str
    why: LegalBasis


@dataclass(frozen=True, slots=True)
class Wish:
    """申请内容: what is applied for; ``volume`` is how many subjects a day.

    ``replaces`` are grants that end when this one begins.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    fields: tuple[NeededField, ...]
    modes: tuple[Mode, ...]
    legal_basis: LegalBasis
    purpose: LegalBasis
    volume: int
    valid_from: datetime
    valid_to: datetime
    replaces: tuple[Id, ...] = ()

    def __post_init__(self) -> None:
        faults = Faults()
        faults.require(0 < len(self.fields) <= MAX_FIELDS, "fields", f"1 to {MAX_FIELDS} are required")
        faults.require(len({*self.names}) == len(self.fields), "fields", "each at most once")
        faults.require(self.modes, "modes", "at least one is required")
        faults.require(len({*self.modes}) == len(self.modes), "modes", "each at most once")
        faults.require(0 < self.volume <= MAX_QUOTA, "volume", f"1 to {MAX_QUOTA} subjects a day")
        _require_period(faults, self.valid_from, self.valid_to)
        faults.raise_any()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(item.name for item in self.fields)


@dataclass(frozen=True, slots=True)
class Approval:
    """批准内容: what the source approves, which may be less than what is applied for.

    ``clear_fields`` are unmasked. ``daily_quota`` is how many subjects a day.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    fields: tuple[str, ...]
    modes: tuple[Mode, ...]
    daily_quota: int
    valid_from: datetime
    valid_to: datetime
    clear_fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = Faults()
        _require_period(faults, self.valid_from, self.valid_to)
        faults.raise_any()

    @classmethod
    def whole(cls, wish: Wish) -> "Approval":
        """Return the approval of all that is applied for, with masked fields masked."""
        return cls(wish.names, wish.modes, wish.volume, wish.valid_from, wish.valid_to)


def _require_period(faults: Faults, valid_from: datetime, valid_to: datetime) -> None:
    for name, at in (("valid_from", valid_from), ("valid_to", valid_to)):
        faults.require(at.tzinfo, name, OFFSET_RULE)
    if valid_from.tzinfo and valid_to.tzinfo:
        faults.require(valid_from < valid_to, "valid_to", "must be after valid_from")


def check_wish(wish: Wish, dataset: Dataset | None, matter: Matter | None, agency: str) -> None:
    """Check what an agency applies for against the catalogue and the matters.

    Raises:
        RuleError: names every field and rule that is broken.
    """
    faults = Faults()
    if matter is None:
        faults.add("matter", "no such matter on record")
    else:
        faults.require(matter.agency == agency, "matter", "must be one of the agency that applies", matter.id)
    if dataset is None:
        faults.add("dataset", "no such dataset")
    elif dataset.sharing is Sharing.WITHHELD:
        faults.add("dataset", f"{dataset.id} is withheld", dataset.id)
    else:
        faults.require(dataset.source != agency, "dataset", "an agency needs no application for its own", dataset.id)
        for name in wish.names:
            faults.require(dataset.field(name), "fields", f"no field {name} in {dataset.id}", dataset.id)
    faults.raise_any()


def check_approval(approval: Approval, wish: Wish, dataset: Dataset) -> None:
    """Check that the source approves no more than what is applied for and the catalogue still has.

    Raises:
        RuleError: names every field and rule that is broken.
    """
    faults = Faults()
    for name in ("fields", "modes"):
        faults.require(getattr(approval, name), name, "at least one is required")
    for name in approval.fields:
        faults.require(name in wish.names, "fields", f"{name} is not applied for")
        faults.require(dataset.field(name), "fields", f"no field {name} in {dataset.id}", dataset.id)
    for mode in approval.modes:
        faults.require(mode in wish.modes, "modes", f"{mode.value} is not applied for")
    faults.require({*approval.clear_fields} <= {*approval.fields}, "clear_fields", "must be among fields")
    faults.require(0 < approval.daily_quota <= wish.volume, "daily_quota", "at most the volume that is applied for")
    faults.require(approval.valid_from >= wish.valid_from, "valid_from", "not before what is applied for")
    faults.require(approval.valid_to <= wish.valid_to, "valid_to", "not after what is applied for")
    faults.raise_any()


def is_complete(wish: Wish, dataset: Dataset, matter: Matter) -> bool:
    """Return whether submission alone grants it: unconditional data, on a legal basis of the matter."""
    return dataset.sharing is Sharing.UNCONDITIONAL and matter.allows(dataset.id, wish.legal_basis)


@dataclass(frozen=True, slots=True)
class Note:
    """What a person said at a step."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    step: ApplicationChange
    person: str
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an application's row.

    ``steps`` are the people who took deciding steps, ``legal_basis`` is that of a refusal, ``grant`` the id of the
    grant that was made of it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    wish: Wish
    steps: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    approval: Approval | None = None
    legal_basis: str = ""
    grant: str = ""

    def noted(self, step: ApplicationChange, person: str, text: str) -> "Body":
        """Return the body with what a person said."""
        return replace(self, notes=(*self.notes, Note(step, person, text)))
