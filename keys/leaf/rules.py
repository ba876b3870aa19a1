"""Rules of leaves: the values of each field, and the fields of each family of kinds.

The reader applies them, and the JSON Schema in docs/ledger-format is generated from them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_args

from keys.encoding import MAX_SAFE_INTEGER
from keys.leaf.facts import (
    DECISIONS,
    ActFacts,
    AuditFacts,
    BurstFacts,
    CheckpointFacts,
    ClockFacts,
    Commitments,
    LeafFacts,
    QueryFacts,
    RegisterFacts,
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a pattern: a regular expression with one meaning in Python and in ECMA-262."""

    pattern: str
    rule: str

    def allows(self, value: Any) -> bool:
        """Return whether a value fits."""
        return isinstance(value, str) and re.search(self.pattern, value) is not None


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number from 1 that JSON readers represent exactly; zero is absent."""

    rule: str = "a whole number from 1 on"

    def allows(self, value: Any) -> bool:
        """Return whether a value fits."""
        return type(value) is int and 1 <= value <= MAX_SAFE_INTEGER


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of at least one text."""

    item: Text
    most: int = 1000

    @property
    def rule(self) -> str:
        """The rule in words."""
        return f"1 to {self.most} texts, each {self.item.rule}"

    def allows(self, value: Any) -> bool:
        """Return whether a value fits."""
        return isinstance(value, list) and 1 <= len(value) <= self.most and all(map(self.item.allows, value))


_NAME = Text(r"^[^\u0000-\u001f\u007f]{1,200}(?![\s\S])", "1 to 200 characters, none of them a control character")
_DIGEST = Text(r"^[0-9a-f]{64}(?![\s\S])", "a SHA-256 digest in lower-case hex")
_USCC = Text(r"^[0-9A-Z]{18}(?![\s\S])", "a unified social credit code")
_TIME = Text(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z(?![\s\S])",
    "a time in UTC, RFC 3339 with milliseconds",
)
RULES: Mapping[str, Text | Number | Texts] = {
    "at": _TIME,
    "decision": Text(rf"^(?:{'|'.join(DECISIONS)})(?![\s\S])", f"one of {', '.join(DECISIONS)}"),
    "reason": Text(r"^[A-Z][A-Z0-9_]{0,49}(?![\s\S])", "an upper-case name"),
    "agency": _USCC,
    "source": _USCC,
    "system": _NAME,
    "object": _NAME,
    "dataset": _NAME,
    "matter": _NAME,
    "fields": Texts(_NAME),
    "policies": Texts(_NAME),
    "changed": Texts(_NAME),
    "basis": Text(r"^[\s\S]{1,400}(?![\s\S])", "1 to 400 characters"),
    "policy": _DIGEST,
    "answer": _DIGEST,
    "row_digest": _DIGEST,
    "operator": Text(r"^(?:login|account|node)(?![\s\S])", "login, account or node"),
    "person": Text(r"^(?:certificate|token)(?![\s\S])", "certificate or token"),
    "clock": Text(r"^(?:start|pause|resume|stop)(?![\s\S])", "start, pause, resume or stop"),
    "limit": Text(r"^[a-z]{1,20}(?![\s\S])", "1 to 20 lower-case letters"),
    "days": Number(),
    "hours": Number(),
    "told": Texts(_USCC),
    "ahead": _TIME,
    "subjects": Number(),
    "catalogue": Number(),
    "version": Number(),
    "refusals": Number(),
    "size": Number(),
    **dict.fromkeys(Commitments._fields, _DIGEST),
}


@dataclass(frozen=True, slots=True)
class Family:
    """The kinds of one class of facts, and the fields that they need.

    ``required`` fields are in every leaf of the family, ``permit`` fields also in every permit, ``permit_only`` fields
    in no refusal. A permit has all fields of at least one group of ``permit_by``. ``decisions`` are the possible
    decisions.
    """

    kinds: Text
    required: tuple[str, ...] = ()
    permit: tuple[str, ...] = ()
    permit_only: tuple[str, ...] = ()
    permit_by: tuple[tuple[str, ...], ...] = ()
    decisions: tuple[str, ...] = DECISIONS


_REGISTERS = (
    "agency", "application", "calendar", "catalogue", "certificate", "consent", "correction", "dataset", "document",
    "event", "grant", "issuer", "license", "person", "policy", "proposal", "question", "recall", "seal", "system",
    "task",
)  # fmt: skip
"""What acts are on, before the dot of their kinds."""
_ACT = rf"(?:{'|'.join(_REGISTERS)})\.[A-Za-z_]{{1,60}}|call\.[A-Z][A-Za-z]{{0,59}}"
FAMILIES: Mapping[type[LeafFacts], Family] = {
    QueryFacts: Family(
        Text(r"^(?:verify|query)(?![\s\S])", "verify or query"),
        permit=("agency", "system", "source", "dataset", "catalogue", "matter", "basis", "policies", "policy",
                "answer", "subjects"),
        permit_only=("basis", "catalogue", "policies", "policy", "answer"),
    ),
    ActFacts: Family(
        Text(rf"^(?:{_ACT})(?![\s\S])", "a register and an act on it, or call and a method"),
        permit_only=("source", "basis", "answer", "version", "row_digest", "policy", "clock", "limit", "days", "hours",
                     "told"),
    ),
    BurstFacts: Family(Text(r"^call\.burst(?![\s\S])", "call.burst"), ("refusals",), decisions=("deny", "fail")),
    AuditFacts: Family(
        Text(r"^audit\.(?:entry|search|checkpoint|consistency)(?![\s\S])", "audit and what is read"),
        permit_by=(("agency", "system"), ("operator",)),
    ),
    RegisterFacts: Family(
        Text(r"^register\.[a-z-]{1,40}(?![\s\S])", "register and the register's name"),
        permit_only=("version", "row_digest", "changed"),
    ),
    ClockFacts: Family(Text(r"^ledger\.clock(?![\s\S])", "ledger.clock"), permit=("ahead",), permit_only=("ahead",)),
    CheckpointFacts: Family(Text(r"^ledger\.checkpoint(?![\s\S])", "ledger.checkpoint"), permit_only=("size",)),
}  # fmt: skip
ALWAYS = ("v", "at", "kind", "decision", "reason")
COMMITTED = Commitments._fields
NAMES: Mapping[type[LeafFacts], tuple[str, ...]] = {shape: shape._fields for shape in get_args(LeafFacts)}
"""The fields of each family, in the order of its class."""


@lru_cache(maxsize=1000)
def family_of(kind: str) -> type[LeafFacts] | None:
    """Return the class of facts of a kind; None if there is none."""
    return next((shape for shape, family in FAMILIES.items() if family.kinds.allows(kind)), None)
