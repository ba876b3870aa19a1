"""Tests of counting keys: a store is complete only while all of its keys are counted as reachable."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from adapters.source import KEYS_UNREACHABLE, Source
from adapters.sql import SqlSource
from exchange.node import counting
from exchange.node.counting import keep_counting, keep_reading, read_first
from exchange.node.counts import VALID_SECONDS, Counts, KeptCount
from tests.support.sources import ONE, TWO, description

DIRTY = f"{TWO}\t"


async def store(url: str, *keys: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute('DROP TABLE IF EXISTS things; CREATE TABLE things ("SFZH" text)')
    await connection.copy_records_to_table("things", records=[(key,) for key in keys])
    await connection.close()


async def first(data: Path, url: str, shape: Any = None, *, count: bool = True) -> tuple[str, KeptCount | None]:
    """The messages to a starting worker, and the count in them, which is waited for if there is one."""
    source = SqlSource(shape or description(), url, 2.0)
    sources: dict[str, Source] = {"test.things": source}
    counts = Counts(data)
    tasks = [asyncio.create_task(keep_counting(sources, counts))] if count else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "_FIRST_SECONDS", 60.0 if count else 0.2)
        await read_first(sources, counts)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await source.close()
    return source.incomplete, counts.read("test.things", source.shape)


def a_day_older(data: Path, kept: KeptCount) -> None:
    (data / "counts" / "test.things.json").unlink()
    Counts(data).write("test.things", replace(kept, counted_at=kept.counted_at - VALID_SECONDS))


def shown(name: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"dataset": "test.things"})


async def test_a_clean_store_is_complete_when_the_node_starts(tmp_path: Path, url: str) -> None:
    await store(url, ONE, TWO)
    incomplete, kept = await first(tmp_path, url)
    assert (incomplete, kept and (kept.total, kept.unreachable)) == ("", (2, 0))


async def test_one_key_out_of_reach_makes_a_store_incomplete(tmp_path: Path, url: str) -> None:
    await store(url, ONE, DIRTY)
    incomplete, kept = await first(tmp_path, url)
    assert (incomplete, kept and (kept.total, kept.unreachable)) == (KEYS_UNREACHABLE, (2, 1))
    assert (await first(tmp_path, url, description(trim=True)))[0] == ""


async def test_a_count_is_kept_over_a_restart_for_a_day(tmp_path: Path, url: str) -> None:
    await store(url, ONE)
    assert (await first(tmp_path, url, count=False))[0] == KEYS_UNREACHABLE
    _, kept = await first(tmp_path, url)
    assert kept is not None
    assert (await first(tmp_path, url, count=False))[0] == ""
    a_day_older(tmp_path, kept)
    assert (await first(tmp_path, url, count=False))[0] == KEYS_UNREACHABLE


async def test_a_store_is_counted_at_each_start(tmp_path: Path, url: str) -> None:
    await store(url, ONE, DIRTY)
    _, before = await first(tmp_path, url)
    await store(url, ONE, TWO)
    source = SqlSource(description(), url, 2.0)
    task = asyncio.create_task(keep_counting({"test.things": source}, Counts(tmp_path)))
    async with asyncio.timeout(5):
        while (kept := Counts(tmp_path).read("test.things", source.shape)) == before:
            await asyncio.sleep(0.01)
    assert kept is not None
    assert kept.unreachable == 0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await source.close()


async def test_a_description_that_changed_is_counted_again(tmp_path: Path, url: str) -> None:
    await store(url, ONE)
    await first(tmp_path, url)
    assert (await first(tmp_path, url, description(width=True), count=False))[0] == KEYS_UNREACHABLE


async def test_a_table_emptied_and_refilled_proves_no_absence(tmp_path: Path, url: str) -> None:
    await store(url)
    incomplete, kept = await first(tmp_path, url)
    assert (incomplete, kept and kept.total) == (KEYS_UNREACHABLE, 0)
    await store(url, DIRTY)
    assert (await first(tmp_path, url, count=False))[0] == KEYS_UNREACHABLE


async def test_a_store_that_does_not_answer_does_not_delay_the_start(tmp_path: Path) -> None:
    async with asyncio.timeout(4):
        incomplete, kept = await first(tmp_path, "postgresql://postgres@127.0.0.1:1/none")
    assert incomplete == KEYS_UNREACHABLE
    assert kept is not None
    assert kept.total is None


async def test_a_later_count_is_passed_to_a_serving_source(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_LOOK_SECONDS", 0.01)

    await store(url, ONE, DIRTY)
    source = SqlSource(description(), url, 2.0)
    sources: dict[str, Source] = {"test.things": source}
    counts = Counts(tmp_path)
    tasks = [asyncio.create_task(work(sources, counts)) for work in (keep_counting, keep_reading)]
    await read_first(sources, counts)
    assert source.incomplete
    await asyncio.sleep(0.1)
    assert (shown("yici_source_keys"), shown("yici_source_keys_unreachable")) == (2, 1)
    await store(url, ONE, TWO)
    kept = counts.read("test.things", source.shape)
    assert kept is not None
    a_day_older(tmp_path, kept)
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while source.incomplete or shown("yici_source_keys_unreachable"):
                await asyncio.sleep(0.01)
    assert source.incomplete == ""
    assert shown("yici_source_keys_unreachable") == 0
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await source.close()


async def test_a_count_that_failed_is_made_again(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_AGAIN_SECONDS", 0.05)

    await store(url, ONE)
    _, before = await first(tmp_path, url)
    assert before is not None
    connection = await asyncpg.connect(url)
    await connection.execute("ALTER TABLE things RENAME TO away")
    source = SqlSource(description(), url, 2.0)
    with capture_logs() as logs:
        task = asyncio.create_task(keep_counting({"test.things": source}, Counts(tmp_path)))
        async with asyncio.timeout(5):
            while not any(line["event"] == "source.keys_not_counted" for line in logs):
                await asyncio.sleep(0.01)
    assert Counts(tmp_path).read("test.things", source.shape) == before
    await connection.execute("ALTER TABLE away RENAME TO things")
    await connection.close()
    async with asyncio.timeout(5):
        while Counts(tmp_path).read("test.things", source.shape) == before:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await source.close()


def test_a_store_that_is_counted_fast_is_counted_often() -> None:
    now = time.time()
    assert not counting._is_due(KeptCount("", now - 290, 1, 0, 0.1))
    assert counting._is_due(KeptCount("", now - 310, 1, 0, 0.1))
    assert not counting._is_due(KeptCount("", now - 19_000, 1, 0, 100.0))
    assert counting._is_due(KeptCount("", now - 21_000, 1, 0, 100.0))
    assert counting._is_due(KeptCount("", now - 21 * 3600, 1, 0, 86_400.0))
    assert counting._is_due(KeptCount("", now + 60, 1))
    assert not counting._is_due(KeptCount("", now - 50, 0))
    assert counting._is_due(KeptCount("", now - 70, 0))


def test_an_older_count_does_not_replace_a_later_one(tmp_path: Path) -> None:
    counts, now = Counts(tmp_path), time.time()
    counts.write("test.things", KeptCount("shape", now, 2, 1))
    counts.write("test.things", KeptCount("shape", now - 1, 2, 0))
    assert counts.read("test.things", "shape") == KeptCount("shape", now, 2, 1)
