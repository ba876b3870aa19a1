"""Licenses: the draft that an issuer submits, and the record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from registry.china import CHINA
from registry.identifiers import SubjectKind
from registry.licenses.holders import Holder
from registry.licenses.states import LicenseState


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact on which a license is based: claims that a dataset confirmed, and that must stay true.

    ``answer`` is the hex digest of the sealed answer that confirmed them.
    """

    dataset: str
    subject_kind: SubjectKind
    subject: str
    values: Mapping[str, str]
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft of an issuer; ``request`` is the issuer's own number, which makes requests idempotent."""

    type: str
    request: str
    number: str
    holders: tuple[Holder, ...]
    fields: Mapping[str, str]
    valid_from: date
    valid_to: date | None = None
    photo: bytes = b""
    holder_key: Mapping[str, Any] | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class License:
    """A license on record; ``revision`` counts its changes, ``digest`` is its envelope's hex SHA-256."""

    identifier: str
    type: str
    type_version: int
    number: str
    issuer: str
    request: str
    version: int
    holders: tuple[Holder, ...]
    fields: Mapping[str, str]
    valid_from: date
    valid_to: date | None
    issued_at: datetime
    state: LicenseState
    revision: int
    status_list: int
    status_index: int
    envelope: str
    digest: str
    receipt: str = ""
    prior: str = ""
    changed_at: datetime | None = None
    why: str = ""
    flag: str = ""
    annotation: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    photo: bytes = b""

    def is_of(self, code: str) -> bool:
        """Whether a holder has this code."""
        return any(holder.code == code for holder in self.holders)

    @property
    def state_now(self) -> LicenseState:
        """The state as of today in China."""
        return self.state_on(datetime.now(CHINA).date())

    def state_on(self, today: date) -> LicenseState:
        """Return the state as of a day: a valid license expires at its end, even before that is recorded."""
        if self.state is LicenseState.VALID and today < self.valid_from:
            return LicenseState.NOT_ACTIVATED
        past = self.valid_to is not None and self.valid_to < today
        return LicenseState.EXPIRED if past and self.state is LicenseState.VALID else self.state
