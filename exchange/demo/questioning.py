"""Asks a node the questions of the truth test, singly or in chunks, and compares the sealed answers."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any

from exchange.client import Chunk, Client, ExchangeError, Subject
from exchange.demo.truth import Sheet, Tally
from registry.basis import Basis

BASIS = Basis("data-quality", "2026-ZL-0001", "《政务数据共享条例》", "数据质量核验")
_AT_ONCE = 16


async def question(client: Client, sheets: Iterable[Sheet], count: int) -> Tally:
    """Ask at least ``count`` questions, every other sheet as a chunk, and compare the answers."""
    tally = Tally()
    for number, sheet in enumerate(sheets):
        if number % 2:
            await _ask_as_chunk(client, sheet, tally)
        else:
            await _ask_singly(client, sheet, tally)
        if tally.asked >= count:
            break
    return tally


async def _ask_singly(client: Client, sheet: Sheet, tally: Tally) -> None:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def ask(at: int) -> None:
        claim = replace(sheet.claim, values=sheet.values[at])
        try:
            async with slots:
                found = await client.verify(BASIS, sheet.dataset, Subject(sheet.kind, sheet.subjects[at]), [claim])
        except ExchangeError as error:
            tally.refused(error.reason, 1)
        else:
            _judge(tally, sheet, at, found.evidence.checked.answer["results"][0])

    await asyncio.gather(*[ask(at) for at in range(len(sheet.subjects))])


async def _ask_as_chunk(client: Client, sheet: Sheet, tally: Tally) -> None:
    async def chunk() -> AsyncIterator[Chunk]:
        yield Chunk("truth", sheet.subjects, sheet.values)

    async for found in client.verify_batch(BASIS, sheet.dataset, sheet.kind, [sheet.claim], chunk()):
        if found.evidence is None:
            tally.refused(found.error.reason if found.error else "", len(sheet.subjects))
            continue
        for at, subject in enumerate(found.evidence.checked.answer["subjects"]):
            reasons = subject.get("reasons", [""])
            _judge(tally, sheet, at, {"result": subject["results"][0], "reason": reasons[0]})


def _judge(tally: Tally, sheet: Sheet, at: int, sealed: dict[str, Any]) -> None:
    tally.add(sheet, at, sealed["result"], sealed.get("reason", ""))
