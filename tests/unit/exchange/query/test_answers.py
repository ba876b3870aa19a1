"""Tests of what is answered about chunks, and of answers that no seal can be put on."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.source import Fetched
from exchange.acts.refusals import Reason, Refusal
from exchange.query import minimizing
from exchange.query.access import Granted
from exchange.query.answers import seal_answer
from exchange.query.minimizing import minimize
from registry.outcomes import MATCH, UNKNOWN, Unknown
from tests.support.permitting import GRANTED, requester
from tests.unit.exchange.query.test_question import ASKED, DATASET, ONE

GRANT = Granted(DATASET, (), "ab" * 32)


class _Seals:
    """No seal in force, and perhaps one that departs from the ledger."""

    def __init__(self, *, departs: bool) -> None:
        self._departs = departs

    def of(self, *_: object) -> None:
        """Return that there is no seal."""

    def departs(self, _: str) -> bool:
        """Return whether a seal departs."""
        return self._departs


@pytest.mark.parametrize(("departs", "reason"), [(True, Reason.LEDGER_DISAGREES), (False, Reason.SEAL_UNAVAILABLE)])
async def test_an_answer_without_a_seal_is_refused(departs: bool, reason: Reason) -> None:  # noqa: FBT001
    fetched = Fetched({ONE: [{"number": "1"}]}, datetime.now(UTC))
    result = await minimize(ASKED, GRANT, fetched)
    assert result.outcomes == [[MATCH]]
    seals: Any = _Seals(departs=departs)
    refused = seal_answer(seals, requester(GRANTED), ASKED, GRANT, result)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason


async def test_a_large_chunk_lets_other_calls_run_and_tells_doubt_by_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minimizing, "_AT_ONCE", 2)
    names = ("a", "b", "c", "d")
    question = replace(ASKED, identifiers=names, chunk="1")
    records = {"a": [{"number": "1"}], "c": [{"number": "1"}]}
    turns: list[int] = []
    other = asyncio.get_running_loop().create_task(_turn(turns))
    bad, doubt = "number: too long", Unknown.KEYS_UNREACHABLE.value
    found = await minimize(question, GRANT, Fetched(records, datetime.now(UTC), malformed={"c": bad}, incomplete=doubt))
    assert turns == [1]
    await other
    told = [finding.reason for [finding] in found.outcomes]
    assert told[2:] == [Unknown.RECORD_MALFORMED, Unknown.KEYS_UNREACHABLE]
    assert UNKNOWN[Unknown.RECORD_MALFORMED] == found.outcomes[2][0]


async def _turn(turns: list[int]) -> None:
    turns.append(1)
