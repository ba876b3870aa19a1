"""The reader of leaves by the rules of their published format; errors name the field and the rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keys.encoding import canonical_json, parse_json
from keys.errors import MalformedError, UndecidedError
from keys.leaf.facts import VERSION, Commitments, LeafFacts
from keys.leaf.rules import ALWAYS, COMMITTED, FAMILIES, NAMES, RULES, Family, family_of

_ALLOWED = {shape: frozenset((*ALWAYS, *names, *COMMITTED)) for shape, names in NAMES.items()}


@dataclass(frozen=True, slots=True)
class LeafContent:
    """The contents of a leaf: its time, its facts, and its commitments."""

    at: datetime
    facts: LeafFacts
    commitments: Commitments


def read_leaf(data: bytes) -> LeafContent:
    """Read a leaf.

    Raises:
        MalformedError: names the field and the rule.
        UndecidedError: the leaf has an unknown version.
    """
    leaf = parse_leaf(data)
    shape = family_of(leaf["kind"])
    if shape is None:
        raise AssertionError("a known kind has a family")
    for name, value in leaf.items():
        if name in RULES and not RULES[name].allows(value):
            raise MalformedError(f"leaf: {name} must be {RULES[name].rule}")
    _require_all_fields(leaf, FAMILIES[shape])
    if canonical_json(leaf) != data:
        raise MalformedError("leaf: not in canonical form (RFC 8785)")
    facts = {name: _frozen(leaf[name]) for name in NAMES[shape] if name in leaf}
    commitments = Commitments(**{name: leaf[name] for name in COMMITTED if name in leaf})
    return LeafContent(_time(leaf["at"]), shape(**facts), commitments)


def parse_leaf(data: bytes) -> dict[str, Any]:
    """Parse a leaf as JSON and check its version, kind and field names; values are not checked.

    Raises:
        MalformedError: names the field and the rule.
        UndecidedError: the leaf has an unknown version.
    """
    leaf = parse_json(data, "leaf")
    if not isinstance(leaf, dict):
        raise MalformedError("leaf: must be a JSON object")
    version, kind = leaf.get("v"), leaf.get("kind")
    if version != VERSION or type(version) is not int:
        if type(version) is int and version > VERSION:
            raise UndecidedError(f"leaf: version {version} is not known here, which is {VERSION}")
        raise MalformedError(f"leaf: v must be {VERSION}")
    shape = family_of(kind) if isinstance(kind, str) else None
    if shape is None:
        raise MalformedError("leaf: kind must be that of an entry")
    allowed = _ALLOWED[shape]
    if not leaf.keys() <= allowed:
        unknown = min(leaf.keys() - allowed)
        raise MalformedError(f"leaf: a {kind} entry has no field {unknown[:50]!r}")
    return leaf


def _require_all_fields(leaf: Mapping[str, Any], family: Family) -> None:
    decision = leaf.get("decision")
    required = (*ALWAYS, *family.required, *(family.permit if decision == "permit" else ()))
    if missing := [name for name in required if name not in leaf]:
        raise MalformedError(f"leaf: {missing[0]} is missing")
    if decision == "permit" and family.permit_by and not any(leaf.keys() >= {*names} for names in family.permit_by):
        raise MalformedError(f"leaf: {' or '.join(names[-1] for names in family.permit_by)} is missing")
    if ("version" in leaf) is not ("row_digest" in leaf):
        raise MalformedError("leaf: version and row_digest belong together")
    if decision not in family.decisions:
        raise MalformedError(f"leaf: the decision of a {leaf['kind']} entry is {' or '.join(family.decisions)}")
    if decision != "permit" and (odd := [name for name in family.permit_only if name in leaf]):
        raise MalformedError(f"leaf: a refusal has no {odd[0]}")


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedError("leaf: at must be a time") from error


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
