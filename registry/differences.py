"""Differences between two versions of a register's row, as entries of the ledger name them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from registry.content import Row

_COUNTED = ("since", "revision", "version", "changed_at", "why")
_MOST, _LONGEST = 20, 100
"""The most differences in an entry, and the most bytes of each: a leaf has at most 4 KiB."""


def differences(old: Row | None, new: Row) -> tuple[str, ...]:
    """Return the names of the differing fields, with members that a list gained (+) or lost (-).

    For personal rows, only the names; if there are too many, only the first ones.
    """
    if old is None:
        return ()
    before, after = _flat(old.content), _flat(new.content)
    told = []
    for name in sorted(before.keys() | after.keys()):
        if name not in _COUNTED and before.get(name) != after.get(name):
            members = "" if new.personal else _members(before.get(name), after.get(name))
            told.append(f"{name}{members}" if len((name + members).encode()) <= _LONGEST else name)
    return tuple(told if len(told) <= _MOST else [*told[: _MOST - 1], "…"])


def _flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content, with the fields of its body merged into it."""
    body: dict[str, Any] = orjson.loads(content.get("body", "{}"))
    return {name: value for name, value in content.items() if name != "body"} | body


def _members(old: Any, new: Any) -> str:
    if not isinstance(old, list) or not isinstance(new, list):
        return ""
    before, after = _members_by_name(old), _members_by_name(new)
    gained = [f" +{name}" for name in after if name not in before]
    lost = [f" -{name}" for name in before if name not in after]
    changed = [f" ~{name}" for name in after if name in before and after[name] != before[name]]
    return "".join([*gained, *lost, *changed])


def _members_by_name(items: Sequence[Any]) -> dict[str, Any]:
    """Return a list's members by name: text itself, or an object's id or name; others are left out."""
    named = {
        str(item.get("id") or item.get("name") or "") if isinstance(item, dict) else str(item): item for item in items
    }
    named.pop("", None)
    return named
