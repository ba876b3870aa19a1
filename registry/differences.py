"""What differs between two versions of a register's row, in the words in which entries tell it."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from registry.content import Row

_COUNTED = ("since", "revision", "version", "changed_at", "why")
_MOST, _LONGEST = 20, 100
"""Differences that are told, and bytes of each: a leaf holds at most 4 KiB."""


def differences(old: Row | None, new: Row) -> tuple[str, ...]:
    """The names of the fields that differ, each with the members that a list gained (+) or lost (-).

    Of a personal row the names alone; of more than fit into an entry the first.
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
    """The content with the fields of its body beside its own."""
    body: dict[str, Any] = orjson.loads(content.get("body", "{}"))
    return {name: value for name, value in content.items() if name != "body"} | body


def _members(old: Any, new: Any) -> str:
    if not isinstance(old, list) or not isinstance(new, list):
        return ""
    before, after = _named(old), _named(new)
    gained = [f" +{name}" for name in after if name not in before]
    lost = [f" -{name}" for name in before if name not in after]
    changed = [f" ~{name}" for name in after if name in before and after[name] != before[name]]
    return "".join([*gained, *lost, *changed])


def _named(items: Sequence[Any]) -> dict[str, Any]:
    """The members of a list by what they are called: themselves, or their id or name; those without are left out."""
    named = {
        str(item.get("id") or item.get("name") or "") if isinstance(item, dict) else str(item): item for item in items
    }
    named.pop("", None)
    return named
