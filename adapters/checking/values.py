"""Checks of a department's store against its description: findings with places and counts, no values."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from adapters.aside import CUT_TO_15_DIGITS
from adapters.cells import Fault, is_total
from adapters.description import Description, Mapper
from adapters.errors import RecordError, SourceError
from adapters.gathering import ONLY_ONE
from adapters.layout import BadRows
from adapters.reach import Countable, KeyCount, count_keys
from adapters.sampling import Sample, Sampled
from adapters.schema import key_columns
from adapters.source import Source
from adapters.spelling import KeyColumn, canonical, is_blank
from adapters.text_codecs import is_mojibake
from registry.catalogue import FieldType
from registry.errors import IdentifierError
from registry.identifiers import SubjectKind

_EXAMPLES = 5
_NO_QUESTION = "no question can reach these keys"
_TOTAL = "a sum of other rows"
_BLANKS, _WIDE, _SHORT = "blanks around", "full width", "15 digits"
_SPELLING_REASONS = frozenset({_BLANKS, _WIDE, _SHORT})
"""Reasons by which a valid key is not found as it is spelled; a store that compares loosely may find it."""
_BETWEEN = re.compile(r"[、，,;；/|\s]+")
_RULES_ACROSS_ROWS = frozenset({CUT_TO_15_DIGITS, ONLY_ONE})
"""Rules that a row breaks only together with other rows."""
_CODE = re.compile(r"[A-Za-z0-9_-]{1,4}")
"""A code that a finding may show; other values of a wrong column may be personal data."""
_WITHOUT_HAN = frozenset({"SQL_ASCII", "latin1", "ascii", "unknown"})
"""Encodings in which a database cannot interpret Chinese characters."""


class Problem(StrEnum):
    """The kind of a finding."""

    DESCRIPTION = "description"
    CONNECTION = "connection"
    SCHEMA = "schema"
    VALUE = "value"
    CODE = "code"
    KEY = "key"
    ENCODING = "encoding"
    UNREADABLE = "unreadable"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: its place in the description, the rule, how many rows break it, and the first of them."""

    problem: Problem
    where: str
    detail: str = ""
    count: int = 0
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of checking one dataset.

    ``rows`` is None where rows cannot be read without a key, and ``keys`` where the store's keys were not counted.
    """

    dataset: str
    findings: Sequence[Finding]
    rows: int | None = None
    encoding: str = ""
    as_of: datetime | None = None
    keys: KeyCount | None = None


async def check_source(description: Description, source: Source, count: int) -> Checked:
    """Compare a store's table, columns and up to ``count`` rows with the description."""
    dataset = description.catalogue.id
    try:
        if not isinstance(source, Sampled):
            health = await source.health()
            findings = [] if health.ready else [Finding(Problem.CONNECTION, "connection", health.detail)]
            return Checked(dataset, findings, as_of=health.as_of)
        sample = await source.sample(count)
        if sample.missing:
            missing = [_schema(item) for item in sample.missing]
            return Checked(dataset, missing, len(sample.rows), sample.encoding, sample.as_of)
        counted = await count_keys(source) if sample.as_written else None
        reasons = await _reasons(description, source, sample) if counted and counted.unreachable else ""
    except (SourceError, OSError) as error:
        return Checked(dataset, [Finding(Problem.CONNECTION, "connection", str(error))])
    keys = _keys(description, sample) if counted is None else _unreachable(description, counted, reasons)
    found = [*_drop(description, sample), *_encodings(sample), *keys, *_values(description, sample)]
    return Checked(dataset, found, len(sample.rows), sample.encoding, sample.as_of, counted)


def _unreachable(description: Description, counted: KeyCount, reasons: str) -> list[Finding]:
    """Return the finding about keys of the whole store that no query can find, if there are any."""
    if not counted.unreachable:
        return []
    where = f"keys.{next(iter(description.keys)).value}" if len(description.keys) == 1 else "keys"
    detail = f"{_NO_QUESTION} {reasons}" if reasons else _NO_QUESTION
    return [Finding(Problem.KEY, where, detail, counted.unreachable, counted.examples[:_EXAMPLES])]


async def _reasons(description: Description, source: Source, sample: Sample) -> str:
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


def _drop(description: Description, sample: Sample) -> list[Finding]:
    """Return the findings about a file drop, all of whose rows a node reads."""
    if sample.refused:
        return [Finding(Problem.DROP, "drop", sample.refused)]
    rows = sorted(row for rows in sample.bad.values() for row in rows)
    if not rows:
        return []
    aside = description.drop.on_bad_row is BadRows.SET_ASIDE
    found = [_counted(Problem.DROP, "drop", "set aside" if aside else "refused for rows that do not fit", rows)]
    read = {number for number, _ in sample.rows}
    # Findings about the rows read are reported by field below; these are the ones that no single row shows.
    for rule, numbers in sample.bad.items():
        place, _, why = rule.partition(": ")
        others = [at for at in numbers if at not in read or why in _RULES_ACROSS_ROWS]
        if others:
            found.append(_counted(Problem.VALUE, place, why, others))
    return found


def _schema(missing: str) -> Finding:
    where, _, detail = missing.partition(": ")
    return Finding(Problem.SCHEMA, where, detail)


def _encodings(sample: Sample) -> list[Finding]:
    found = []
    if lacking := [item for item in sample.encoding.split(", ") if item in _WITHOUT_HAN]:
        found.append(Finding(Problem.ENCODING, "table", f"the store keeps no Chinese as such: {', '.join(lacking)}"))
    wrong = [at for at, row in sample.rows if any(isinstance(cell, str) and is_mojibake(cell) for cell in row.values())]
    if wrong:
        found.append(_counted(Problem.ENCODING, "table", "texts that were stored in another encoding", wrong))
    return found


def _keys(description: Description, sample: Sample) -> list[Finding]:
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
    return [_counted(Problem.KEY, f"keys.{kind.value}", rule, rows) for (kind, rule), rows in bad.items()]


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


def _values(description: Description, sample: Sample) -> list[Finding]:
    found = []
    for item in description.catalogue.fields:
        mapper, column = Mapper(description, [item.name]), description.fields[item.name].column
        bad, unreadable, faults = [], [], defaultdict[str, list[int]](list)
        for at, row in sample.rows:
            cell = row[column]
            if isinstance(cell, Fault):
                faults[cell.rule].append(at)
                continue
            try:
                record = mapper.record([cell])
            except RecordError:
                bad.append((at, cell))
            else:
                if record.get(item.name, "") is None:
                    unreadable.append(at)
        where = f"fields.{item.name}"
        found += [_counted(Problem.VALUE, where, rule, rows) for rule, rows in faults.items()]
        if bad and item.type is FieldType.CODE:
            codes = Counter(text for _, cell in bad if _CODE.fullmatch(text := str(cell).strip()))
            shown = ", ".join(sorted(codes)[:_EXAMPLES]) or "not shown"
            found.append(_counted(Problem.CODE, where, f"unknown codes: {shown}", [at for at, _ in bad]))
        elif bad:
            rule = f"not of the field's type ({item.type.value})"
            found.append(_counted(Problem.VALUE, where, rule, [at for at, _ in bad]))
        if unreadable:
            rule = "characters that the store could not hold"
            found.append(_counted(Problem.UNREADABLE, where, rule, unreadable))
    return found


def _counted(problem: Problem, where: str, detail: str, rows: Sequence[int]) -> Finding:
    return Finding(problem, where, detail, len(rows), tuple(rows[:_EXAMPLES]))
