"""Scenario tests of unknown outcomes: damaged names, malformed records, no record."""

import asyncio
import re
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from exchange.client import Chunk, Client, ExchangeError, Subject
from exchange.demo.city import City
from registry.claims import Claim, Operator
from registry.identifiers import SubjectKind
from registry.outcomes import Finding, Outcome, Unknown
from tests.support.ask import BASIS, IS_NORMAL, TRIAL

DAMAGED, MALFORMED, ABSENT = "110105194912310038", "110105194912310054", "110105194912310070"
NAMED = Claim("name", Operator.EQ, ("张三",))


@pytest.fixture(scope="module")
def dirty_city(city: City) -> City:
    async def plant() -> None:
        connection = await asyncpg.connect(city.world.postgres)
        try:
            await connection.executemany(
                "INSERT INTO rk_jbxx (gmsfhm, xm, xb, mz, hjdqh, ryzt) VALUES ($1, $2, $3, '汉族', '320505', '0')",
                [(DAMAGED, "张?", "1"), (MALFORMED, "张三", "9")],
            )
        finally:
            await connection.close()

    asyncio.run(plant())
    return city


def _subject(identifier: str) -> Subject:
    return Subject(SubjectKind.CITIZEN_ID, identifier)


async def _findings(client: Client, identifier: str, *claims: Claim) -> tuple[Finding, ...]:
    return (await client.verify(BASIS, "identity.person", _subject(identifier), claims)).findings


async def test_a_damaged_name_is_unknown_and_other_fields_are_answered(dirty_city: City) -> None:
    async with dirty_city.client() as client:
        assert await _findings(client, DAMAGED, NAMED, IS_NORMAL) == (
            Finding(Outcome.UNKNOWN, Unknown.VALUE_UNREADABLE), Finding(Outcome.MATCH),
        )  # fmt: skip
        found = await client.query(BASIS, "identity.person", _subject(DAMAGED), ["name", "region"])
        assert (found.records, found.unreadable) == (({"region": "320505"},), (("name",),))
        assert found.incomplete is None


def test_a_malformed_record_is_refused_by_field_or_unknown_in_a_chunk(dirty_city: City) -> None:
    async def chunk() -> AsyncIterator[Chunk]:
        yield Chunk("c", [MALFORMED, DAMAGED])

    async def run() -> None:
        async with dirty_city.client() as client:
            with pytest.raises(ExchangeError, match="sex: the source's value is not of the field's type") as caught:
                await _findings(client, MALFORMED, Claim("sex", Operator.EQ, ("male",)))
            assert caught.value.reason == "SOURCE_MALFORMED"
            claims = [Claim("sex", Operator.EQ, ("male",)), IS_NORMAL]
            [found] = [
                item
                async for item in client.verify_batch(TRIAL, "identity.person", SubjectKind.CITIZEN_ID, claims, chunk())
            ]
            assert found.outcomes == {
                MALFORMED: (Outcome.UNKNOWN, Outcome.UNKNOWN), DAMAGED: (Outcome.MATCH, Outcome.MATCH),
            }  # fmt: skip
            assert found.findings == {MALFORMED: (Finding(Outcome.UNKNOWN, Unknown.RECORD_MALFORMED),) * 2}

    asyncio.run(run())
    metrics = httpx.get(f"http://127.0.0.1:{dirty_city.http_port}/metrics", trust_env=False).text
    counted = re.search(r'yici_source_malformed_total\{dataset="identity.person",field="sex"\} ([0-9]+)', metrics)
    assert counted is not None
    assert int(counted[1]) >= 2  # one for each call


async def test_an_absent_record_is_reported_as_a_fact(dirty_city: City) -> None:
    async with dirty_city.client() as client:
        assert await _findings(client, ABSENT, NAMED) == (Finding(Outcome.UNKNOWN, Unknown.NO_RECORD),)
