"""Minimization: from a source's records to the results that were requested and granted."""

import asyncio
from collections.abc import Sequence

from adapters.source import Fetched, Record
from exchange.query.access import Granted
from exchange.query.answers import Result
from exchange.query.judging import all_readable, prepare
from exchange.query.masking import mask_records, unreadable_fields
from exchange.query.question import Question, values_for
from registry.matters import Mode
from registry.outcomes import UNKNOWN, Finding, Unknown

_AT_ONCE = 200
"""Subjects of a chunk between two turns of the event loop."""


async def minimize(question: Question, granted: Granted, fetched: Fetched) -> Result:
    """Return only what was requested and granted."""
    records = [fetched.records.get(key, ()) for key in question.identifiers]
    if question.mode is Mode.VERIFY:
        return Result(fetched.as_of, outcomes=await _judged(question, granted, fetched, records))
    clear = frozenset(name for grant in granted.grants for name in grant.clear_fields)
    shown = mask_records(records[0], question.fields, clear, granted.dataset)
    missing, hidden = _incomplete(fetched, records[0]), unreadable_fields(records[0])
    return Result(fetched.as_of, records=shown, clear=clear, incomplete=missing, unreadable=hidden)


async def _judged(
    question: Question, granted: Granted, fetched: Fetched, records: Sequence[Sequence[Record]]
) -> list[list[Finding]]:
    tests = prepare(question.claims, granted.dataset)
    malformed, none = [UNKNOWN[Unknown.RECORD_MALFORMED]] * len(tests), [()] * len(tests)
    clear = not (fetched.incomplete or fetched.malformed) and all(map(all_readable, records))
    findings: list[list[Finding]] = []
    for at, found in enumerate(records):
        if at % _AT_ONCE == _AT_ONCE - 1:
            await asyncio.sleep(0)  # lets other calls run during a large chunk
        values = values_for(question, at) if question.values else none
        if clear:
            findings.append([test.clear(found, own) for test, own in zip(tests, values, strict=True)])
        elif question.identifiers[at] in fetched.malformed:
            findings.append(malformed)
        else:
            doubt = _incomplete(fetched, found)
            findings.append([test.doubtful(found, own, doubt) for test, own in zip(tests, values, strict=True)])
    return findings


def _incomplete(fetched: Fetched, found: Sequence[Record]) -> str:
    """Return why one more record of a subject may exist; empty if its only record was found."""
    return "" if fetched.single and found else fetched.incomplete
