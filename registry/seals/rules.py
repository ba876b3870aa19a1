"""Rules of use: which systems and officers may use which seal, on what, for which matters, how often."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import ConfigDict

from registry.errors import RuleError
from registry.faults import Faults
from registry.parsing import OFFSET_RULE, STRICT, Id
from registry.seals.kinds import KINDS, SealKind, TargetKind


@dataclass(frozen=True, slots=True)
class SealRule:
    """A rule of use; no ``officers`` means any officer of these systems, no limit any number of uses."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Id
    seal: str
    systems: tuple[Id, ...]
    target_kinds: tuple[TargetKind, ...]
    matters: tuple[Id, ...]
    valid_from: datetime
    valid_to: datetime
    officers: tuple[str, ...] = ()
    daily_limit: int | None = None
    total_limit: int | None = None

    def __post_init__(self) -> None:
        faults = Faults()
        for name, values in (("systems", self.systems), ("target_kinds", self.target_kinds), ("matters", self.matters)):
            faults.require(values, name, "at least one is required")
        for name, at in (("valid_from", self.valid_from), ("valid_to", self.valid_to)):
            faults.require(at.tzinfo, name, OFFSET_RULE)
        if self.valid_from.tzinfo and self.valid_to.tzinfo:
            faults.require(self.valid_from < self.valid_to, "valid_to", "must be after valid_from")
        for name, limit in (("daily_limit", self.daily_limit), ("total_limit", self.total_limit)):
            faults.require(limit is None or limit >= 1, name, "must be at least 1")
        faults.raise_any()


def check_rule(rule: SealRule, kind: SealKind | None) -> None:
    """Check a rule against its seal.

    Raises:
        RuleError: the seal is not on record, or its kind does not permit these targets.
    """
    if kind is None:
        raise RuleError(f"seal_rules[{rule.id}].seal", f"{rule.seal} is not on record")
    if odd := sorted(set(rule.target_kinds) - KINDS[kind].target_kinds):
        raise RuleError(f"seal_rules[{rule.id}].target_kinds", f"a {kind} seal may not be put on: {', '.join(odd)}")
