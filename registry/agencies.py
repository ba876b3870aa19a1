"""Agencies, and their systems, which query, answer and administer."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict

from registry.faults import Faults
from registry.identifiers import parse_uscc
from registry.parsing import STRICT, Id, Name, Region, Uscc


class Duty(StrEnum):
    """A duty of a system or person. Administrator, auditor and operator are separate duties (GB/T 39477)."""

    REQUEST = "request"
    APPROVE = "approve"
    ADMINISTER = "administer"
    AUDIT = "audit"
    OPERATE = "operate"


class State(StrEnum):
    """The state of an agency, system, seal, grant or ledger key."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    RETIRED = "retired"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Agency:
    """机构: an agency, identified by its unified social credit code."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    uscc: Uscc
    name: Name
    region: Region
    state: State = State.ACTIVE

    def __post_init__(self) -> None:
        faults = Faults()
        with faults.collecting("uscc"):
            parse_uscc(self.uscc)
        faults.raise_any()


@dataclass(frozen=True, slots=True)
class System:
    """业务系统: a client of an agency, identified by its certificate."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Id
    agency: str
    name: Name
    duty: Duty = Duty.REQUEST
    state: State = State.ACTIVE
