"""Each setting of ``[tuning]`` has its effect in the processes of a node."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from exchange.demo.city import City
from exchange.demo.local import LocalNode
from tests.support.processes import processes_of

BATCH = getattr(os, "SCHED_BATCH", None)


def tuning(node: LocalNode) -> dict[str, Any]:
    """Return what the processes reported when they began to serve, and their scheduling policies."""
    events = [json.loads(line) for line in (node.data / "node.log").read_text().splitlines() if line.startswith("{")]
    last = {event["event"]: event for event in events}
    serving, writing = last["worker.serving"], last["ledger_writer.writing"]
    reports = {"event_loop": serving["event_loop"], "worker": serving["gc"], "ledger_writer": writing["gc"]}
    return policies(node) | reports


def policies(node: LocalNode) -> dict[str, Any]:
    """Return the scheduling policy of each process of the node, by name."""
    kinds = ("worker", "web", "ledger_writer")
    return {f"{kind} policy": os.sched_getscheduler(processes_of(node, kind)[0].pid) for kind in kinds}


@pytest.mark.skipif(BATCH is None, reason="this system has no SCHED_BATCH")
def test_processes_are_tuned_as_documented_unless_the_settings_differ(city: City) -> None:
    assert tuning(city) == {
        "worker policy": BATCH, "web policy": BATCH, "ledger_writer policy": os.SCHED_OTHER,
        "event_loop": "GroupedLoop", "worker": [2000, 20, 100], "ledger_writer": [50000, 20, 100],
    }  # fmt: skip


@pytest.mark.skipif(BATCH is None, reason="this system has no SCHED_BATCH")
async def test_each_setting_of_tuning_takes_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YICI_TUNING__BATCH_POLICY", "false")
    monkeypatch.setenv("YICI_TUNING__EVENT_LOOP", "plain")
    monkeypatch.setenv("YICI_TUNING__WORKER_GC", "[700, 10, 11]")
    monkeypatch.setenv("YICI_TUNING__LEDGER_WRITER_GC", "[900, 12, 13]")
    node = LocalNode(tmp_path / "node")
    await node.make("tuning.local/ledger")
    await node.start_node()
    try:
        found = tuning(node)
    finally:
        await node.stop()
    assert found == {
        "worker policy": os.SCHED_OTHER, "web policy": os.SCHED_OTHER, "ledger_writer policy": os.SCHED_OTHER,
        "event_loop": "Loop", "worker": [700, 10, 11], "ledger_writer": [900, 12, 13],
    }  # fmt: skip
