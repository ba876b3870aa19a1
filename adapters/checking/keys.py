"""Findings about keys that no question can reach."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from adapters.cells import Fault, is_total
from adapters.checking.findings import EXAMPLES, Finding, Problem, counted
from adapters.description import Description
from adapters.reach import Countable, KeyCount
from adapters.sampling import Sample
from adapters.schema import key_columns
from adapters.source import Source
from adapters.spelling import KeyColumn, canonical, is_blank
from registry.errors import IdentifierError
from registry.identifiers import SubjectKind

_NO_QUESTION = "no question can reach these keys"
_TOTAL = "a sum of other rows"
_BLANKS, _WIDE, _SHORT = "blanks around", "full width", "15 digits"
_SPELLING_REASONS = frozenset({_BLANKS, _WIDE, _SHORT})
"""Reasons by which a valid key is not found as it is spelled; a store that compares loosely may find it."""
_BETWEEN = re.compile(r"[、，,;；/|\s]+")


def unreachable_keys(description: Description, counted: KeyCount, reasons: str) -> list[Finding]:
    """Return the finding about keys of the whole store that no query can find, if there are any."""
    if not counted.unreachable:
        return []
    where = f"keys.{next(iter(description.keys)).value}" if len(description.keys) == 1 else "keys"
    detail = f"{_NO_QUESTION} {reasons}" if reasons else _NO_QUESTION
    return [Finding(Problem.KEY, where, detail, counted.unreachable, counted.examples[:EXAMPLES])]


async def found_reasons(description: Description, source: Source, sample: Sample) -> str:
    """Return why no query finds some keys of the rows read, in words that name the setting to change.

    Raises:
        SourceError: the store does not answer.
    """
    columns, found = key_columns(description), list[tuple[SubjectKind | None, Any, str]]()
    for _, row in sample.rows:
        if all(is_blank(row[name]) for name in columns.values()):
            found.append((None, None, "no key"))
        for kind, name in columns.items():
            if not is_blank(row[name]) and (reason := _reason(description.keys[kind], kind, row[name])):
                found.append((kind, row[name], reason))
    reached = {
        (kind, cell)
        for kind, key in description.keys.items()
        if not key.separator and isinstance(source, Countable)
        for cell in await source.reached(
            kind,
            {
                cell: canonical([kind], cell)[1]
                for of, cell, reason in found
                if of is kind and reason in _SPELLING_REASONS
            },
        )
    }
    reasons = Counter(reason for kind, cell, reason in found if (kind, cell) not in reached)
    said = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    return f"(of the rows read: {said})" if said else ""


def _reason(key: KeyColumn, kind: SubjectKind, cell: Any) -> str:
    for written in key.written(cell):
        try:
            _, found = canonical([kind], written)
        except (IdentifierError, TypeError, ValueError):
            return "several in one cell" if _holds_several(kind, written) else "no identifier"
        if not isinstance(written, str) or written in key.spellings(kind, found):
            continue
        text = written.strip()
        if text != written and not key.trim:
            return _BLANKS
        if not text.isascii() and not key.width:
            return _WIDE
        if kind is SubjectKind.CITIZEN_ID and len(text) < len(found) and not key.fifteen_digits:
            return _SHORT
    return ""


def _holds_several(kind: SubjectKind, written: Any) -> bool:
    parts = _BETWEEN.split(written) if isinstance(written, str) else []
    try:
        return len(parts) > 1 and all(canonical([kind], part) for part in parts)
    except (IdentifierError, ValueError):
        return False


def sampled_keys(description: Description, sample: Sample) -> list[Finding]:
    """Return the findings about keys of the rows read that no query can find."""
    columns = key_columns(description)
    kinds: dict[str, list[SubjectKind]] = {}
    for kind, name in columns.items():
        kinds.setdefault(name, []).append(kind)
    bad: dict[tuple[SubjectKind, str], list[int]] = {}
    for at, row in sample.rows:
        given = {kind: row[name] for kind, name in columns.items() if len(columns) == 1 or row[name] not in (None, "")}
        for kind, cell in given.items() or columns.items():
            total = is_blank(cell) and any(map(is_total, row.values()))
            if rule := _TOTAL if total else _wrong_key(description.keys[kind], kinds[columns[kind]], cell):
                bad.setdefault((kind, rule), []).append(at)
    return [counted(Problem.KEY, f"keys.{kind.value}", rule, rows) for (kind, rule), rows in bad.items()]


def _wrong_key(key: KeyColumn, kinds: Sequence[SubjectKind], cell: Any) -> str:
    """Return the rule by which no query can find the key in a cell; empty if one can."""
    if isinstance(cell, Fault):
        return cell.rule
    if is_blank(cell):
        return "no key"
    try:
        for item in key.written(cell):
            canonical(kinds, item)
    except IdentifierError as error:
        return error.rule
    except (TypeError, ValueError):
        return _NO_QUESTION
    return ""
