"""Rules of use: who may use which seal, on what, for which matters, how often, until when."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import ConfigDict

from registry.errors import RuleError
from registry.parsing import STRICT, Id
from registry.seals.kinds import KINDS, SealKind, TargetKind


@dataclass(frozen=True, slots=True)
class SealRule:
    """One rule; without ``officers`` any officer of these systems, without a limit any number of times."""

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
        for name, values in (("systems", self.systems), ("target_kinds", self.target_kinds), ("matters", self.matters)):
            if not values:
                raise RuleError(f"seal rule {self.id}.{name}", "at least one is required")
        for name, at in (("valid_from", self.valid_from), ("valid_to", self.valid_to)):
            if at.tzinfo is None:
                raise RuleError(f"seal rule {self.id}.{name}", "must name its offset")
        if self.valid_to <= self.valid_from:
            raise RuleError(f"seal rule {self.id}.valid_to", "must be after valid_from")
        for name, limit in (("daily_limit", self.daily_limit), ("total_limit", self.total_limit)):
            if limit is not None and limit < 1:
                raise RuleError(f"seal rule {self.id}.{name}", "must be at least 1")


def check_rule(rule: SealRule, kind: SealKind | None) -> None:
    """Check a rule against the seal that it is about.

    Raises:
        RuleError: the seal is not on record, or is of a kind that may not be put on this.
    """
    if kind is None:
        raise RuleError(f"seal rule {rule.id}", f"seal {rule.seal} is not on record")
    if odd := sorted(set(rule.target_kinds) - KINDS[kind].target_kinds):
        raise RuleError(f"seal rule {rule.id}", f"a {kind} seal may not be put on: {odd[0]}")
