"""Tests of background tasks: the end of a task is logged and counted, and ends its process."""

import asyncio

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from exchange.node.tasks import Tasks


async def _fails() -> None:
    raise ValueError("11010519491231002X")


async def _returns() -> None:
    pass


@pytest.mark.parametrize(("work", "error"), [(_fails, "ValueError"), (_returns, "")])
async def test_a_task_that_ends_by_itself_ends_the_process_and_is_counted(work: object, error: str) -> None:
    ended = asyncio.Event()
    tasks = Tasks(ended.set)
    before = REGISTRY.get_sample_value("yici_task_deaths_total", {"task": "watch"}) or 0
    with capture_logs() as said:
        tasks.start("watch", work())  # type: ignore[operator]
        tasks.start("other", asyncio.sleep(60))
        await asyncio.wait_for(ended.wait(), 5)
        await tasks.close()
    assert [(item["event"], item["task"], item["error"]) for item in said] == [("task.died", "watch", error)]
    assert REGISTRY.get_sample_value("yici_task_deaths_total", {"task": "watch"}) == before + 1
    assert tasks.failed


async def test_tasks_that_are_closed_have_not_failed() -> None:
    tasks = Tasks(pytest.fail)
    tasks.start("watch", asyncio.sleep(60))
    await tasks.close()
    assert not tasks.failed
