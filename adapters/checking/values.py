"""Findings about the values of the rows read, their encodings, and the rows of a drop."""

import re
from collections import Counter, defaultdict

from adapters.aside import CUT_TO_15_DIGITS
from adapters.cells import Fault
from adapters.checking.findings import EXAMPLES, Finding, Problem, counted
from adapters.description import Description, Mapper
from adapters.errors import RecordError
from adapters.gathering import ONLY_ONE
from adapters.layout import BadRows
from adapters.sampling import Sample
from adapters.text_codecs import is_mojibake
from registry.catalogue import FieldType

_RULES_ACROSS_ROWS = frozenset({CUT_TO_15_DIGITS, ONLY_ONE})
"""Rules that a row breaks only together with other rows."""
_CODE = re.compile(r"[A-Za-z0-9_-]{1,4}")
"""A code that a finding may show; other values of a wrong column may be personal data."""
_WITHOUT_HAN = frozenset({"SQL_ASCII", "latin1", "ascii", "unknown"})
"""Encodings in which a database cannot interpret Chinese characters."""


def values(description: Description, sample: Sample) -> list[Finding]:
    """Return the findings about values that do not fit their fields."""
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
        found += [counted(Problem.VALUE, where, rule, rows) for rule, rows in faults.items()]
        if bad and item.type is FieldType.CODE:
            codes = Counter(text for _, cell in bad if _CODE.fullmatch(text := str(cell).strip()))
            shown = ", ".join(sorted(codes)[:EXAMPLES]) or "not shown"
            found.append(counted(Problem.CODE, where, f"unknown codes: {shown}", [at for at, _ in bad]))
        elif bad:
            rule = f"not of the field's type ({item.type.value})"
            found.append(counted(Problem.VALUE, where, rule, [at for at, _ in bad]))
        if unreadable:
            rule = "characters that the store could not hold"
            found.append(counted(Problem.UNREADABLE, where, rule, unreadable))
    return found


def encodings(sample: Sample) -> list[Finding]:
    """Return the findings about a store's encoding, and about texts that were stored in another."""
    found = []
    if lacking := [item for item in sample.encoding.split(", ") if item in _WITHOUT_HAN]:
        found.append(Finding(Problem.ENCODING, "table", f"the store keeps no Chinese as such: {', '.join(lacking)}"))
    wrong = [at for at, row in sample.rows if any(isinstance(cell, str) and is_mojibake(cell) for cell in row.values())]
    if wrong:
        found.append(counted(Problem.ENCODING, "table", "texts that were stored in another encoding", wrong))
    return found


def drop_rows(description: Description, sample: Sample) -> list[Finding]:
    """Return the findings about a file drop, all of whose rows a node reads."""
    if sample.refused:
        return [Finding(Problem.DROP, "drop", sample.refused)]
    rows = sorted(row for rows in sample.bad.values() for row in rows)
    if not rows:
        return []
    aside = description.drop.on_bad_row is BadRows.SET_ASIDE
    verdict = "rows that do not fit are set aside" if aside else "refused for rows that do not fit"
    found = [counted(Problem.DROP, "drop", verdict, rows)]
    read = {number for number, _ in sample.rows}
    # Findings about the rows read are reported by field below; these are the ones that no single row shows.
    for rule, numbers in sample.bad.items():
        place, _, why = rule.partition(": ")
        others = [at for at in numbers if at not in read or why in _RULES_ACROSS_ROWS]
        if others:
            found.append(counted(Problem.VALUE, place, why, others))
    return found
