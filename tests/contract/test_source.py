"""Contract tests of sources: the same lookups have the same answers, and errors are of one family."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.errors import SlowError, UnavailableError
from adapters.source import Source
from tests.support.sources import (
    BROKEN,
    CITIZEN,
    DOUBLE,
    KINDS,
    NOBODY,
    ONE,
    ROWS,
    TWO,
)


@pytest.fixture(params=KINDS)
def open_source(request: pytest.FixtureRequest, tmp_path: Path, url: str) -> Callable[..., Any]:
    return lambda rows=ROWS, **options: KINDS[request.param](rows, tmp_path, url, **options)


async def _malformed(source: Source, key: str, field: str, beside: str) -> str:
    """Look up a subject with a bad record; a drop with one is refused, other sources answer ``beside``."""
    try:
        found = await source.fetch(CITIZEN, [key, beside], [field], 5)
    except UnavailableError as error:
        return str(error)
    assert list(found.records) == [beside]
    return found.malformed[key]


async def test_it_answers_in_catalogue_fields_and_codes_and_no_others(open_source: Callable[..., Any]) -> None:
    async with open_source() as source:
        before = datetime.now(UTC)
        found = await source.fetch(CITIZEN, [ONE, TWO, NOBODY], ["name", "sex", "day", "amount"], 5)
        assert found.records == {
            ONE: [{"name": "张三", "sex": "male", "day": "2020-01-31", "amount": "10.50"}],
            TWO: [{"name": "阿依努尔·买买提", "sex": "female", "day": "1994-06-18", "amount": "7"}],
        }
        assert abs((found.as_of - before).total_seconds()) < 60
        only = await source.fetch(CITIZEN, [ONE], ["sex"], 5)
        assert only.records == {ONE: [{"sex": "male"}]}


async def test_several_records_a_subject_are_all_there(open_source: Callable[..., Any]) -> None:
    async with open_source() as source:
        found = await source.fetch(CITIZEN, [DOUBLE], ["amount"], 5)
        assert sorted(record["amount"] for record in found.records[DOUBLE]) == ["1", "2"]


async def test_two_people_for_one_id_are_an_error_not_an_answer(open_source: Callable[..., Any]) -> None:
    async with open_source(single=True) as source:
        assert "more than one record" in await _malformed(source, DOUBLE, "amount", beside=ONE)


async def test_garbage_is_an_error_that_names_the_field_and_never_the_value(open_source: Callable[..., Any]) -> None:
    async with open_source([*ROWS, (BROKEN, "王五", "9", "notaday", "x")]) as source:
        what = await _malformed(source, BROKEN, "day", beside=ONE)
        assert "day" in what or "sex" in what
        assert "notaday" not in what


async def test_many_at_once_are_answered_each_with_its_own(open_source: Callable[..., Any]) -> None:
    async with open_source() as source:
        answers = await asyncio.gather(*[source.fetch(CITIZEN, [key], ["name"], 5) for key in (ONE, TWO) * 50])
        assert all(list(answer.records) == [(ONE, TWO)[at % 2]] for at, answer in enumerate(answers))
        assert (await source.health()).ready


async def test_a_cancelled_caller_does_not_affect_others(open_source: Callable[..., Any]) -> None:
    async with open_source() as source:
        asked = [asyncio.create_task(source.fetch(CITIZEN, [key], ["name"], 5)) for key in (ONE, TWO) * 20]
        await asyncio.sleep(0)
        for task in asked[::3]:
            task.cancel()
        found = await asyncio.gather(*asked, return_exceptions=True)
        for at, answer in enumerate(found):
            if at % 3:
                assert list(answer.records) == [(ONE, TWO)[at % 2]]


async def test_a_caller_s_time_is_its_own(open_source: Callable[..., Any]) -> None:
    async with open_source() as source:
        work = [source.fetch(CITIZEN, [ONE], ["name"], seconds) for seconds in (-1.0, 5.0, -1.0)]
        late, good, too_late = await asyncio.gather(*work, return_exceptions=True)
        assert list(good.records) == [ONE]
        for found in (late, too_late):  # answered in time, or refused, but never waiting forever
            assert isinstance(found, SlowError) or list(found.records) == [ONE]


async def test_ten_thousand_keys_are_one_lookup(
    open_source: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    async with open_source() as source:
        count = 200 if "rest-single" in request.node.name else 10_000  # that service takes one key a request
        keys = [f"{number:018d}" for number in range(count - 1)] + [ONE]
        assert list((await source.fetch(CITIZEN, keys, ["name"], 30)).records) == [ONE]
