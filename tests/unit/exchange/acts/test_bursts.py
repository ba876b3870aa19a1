"""Tests of bursts of refusals: they share one entry with a count, and the counts are complete."""

import asyncio
from collections.abc import Sequence

import orjson
import pytest

from exchange.acts.bursts import Bursts
from exchange.acts.refusals import Reason
from keys.leaf.facts import QueryFacts
from registry.errors import LedgerError
from registry.ledger.leaf import Entry, Leaf
from registry.ledger.recorder import Recorder

SECONDS = 0.05


class Kept(Recorder):
    """An in-memory recorder that can fail."""

    def __init__(self) -> None:
        self.leaves: list[dict[str, object]] = []
        self.fails = False

    async def write(self, leaves: Sequence[Leaf]) -> list[str]:
        """Record leaves."""
        if self.fails:
            raise LedgerError("ledger: not recorded")
        self.leaves += [orjson.loads(leaf.data) for leaf in leaves]
        return ["" for _ in leaves]

    @property
    def refusals(self) -> int:
        """Return the number of refusals in the entries."""
        return sum(int(str(leaf.get("refusals", 1))) for leaf in self.leaves)


def entry(system: str = "desk") -> Entry:
    return Entry(QueryFacts("verify", "deny", "RATE_EXCEEDED", "113205000000140157", system, subjects=1))


async def refuse(bursts: Bursts, count: int, system: str = "desk") -> None:
    for _ in range(count):
        await bursts.record(system, Reason.RATE_EXCEEDED, lambda: entry(system))


async def test_the_first_refusal_is_recorded_at_once_and_the_rest_are_counted() -> None:
    async def run() -> Kept:
        ledger = Kept()
        bursts = Bursts(ledger, SECONDS)
        await refuse(bursts, 1)
        assert [leaf["kind"] for leaf in ledger.leaves] == ["verify"]
        await refuse(bursts, 999)
        assert len(ledger.leaves) == 1
        await asyncio.sleep(3 * SECONDS)
        assert len(ledger.leaves) == 2
        await bursts.close()
        return ledger

    second = (await run()).leaves[1]
    assert {name: second[name] for name in ("kind", "reason", "system", "refusals")} == {
        "kind": "call.burst", "reason": "RATE_EXCEEDED", "system": "desk", "refusals": 999,
    }  # fmt: skip


@pytest.mark.parametrize("pauses", [[0], [0, 0.5, 0, 2], [3, 3], [0.2] * 20])
async def test_counts_add_up_over_intervals_systems_and_the_end(pauses: list[float]) -> None:
    async def run() -> tuple[Kept, int]:
        ledger, told = Kept(), 0
        bursts = Bursts(ledger, SECONDS)
        for at, pause in enumerate(pauses):
            await refuse(bursts, 7 + at)
            await refuse(bursts, 3, "other")
            told += 10 + at
            await asyncio.sleep(pause * SECONDS)
        await bursts.close()
        return ledger, told

    ledger, told = await run()
    assert ledger.refusals == told


async def test_no_counted_refusal_is_returned_before_its_count_is_recorded() -> None:
    async def run() -> Kept:
        ledger = Kept()
        bursts = Bursts(ledger, SECONDS)
        await refuse(bursts, 5)
        ledger.fails = True
        await asyncio.sleep(2 * SECONDS)
        with pytest.raises(LedgerError):
            await refuse(bursts, 1)
        ledger.fails = False
        await asyncio.sleep(2 * SECONDS)
        await refuse(bursts, 5)
        await bursts.close()
        return ledger

    assert (await run()).refusals == 10


async def test_a_count_that_is_being_recorded_when_the_node_ends_is_kept() -> None:
    class Slow(Kept):
        async def write(self, leaves: Sequence[Leaf]) -> list[str]:
            await asyncio.sleep(SECONDS)
            return await super().write(leaves)

    async def run() -> int:
        ledger = Slow()
        bursts = Bursts(ledger, SECONDS)
        await asyncio.gather(refuse(bursts, 10))
        await asyncio.sleep(0.5 * SECONDS)
        await bursts.close()
        return ledger.refusals

    assert await run() == 10
