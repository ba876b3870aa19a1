"""Tests of REST sources: errors, retries, recovery and the circuit breaker."""

import asyncio
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from adapters.errors import MalformedError, RefusedError, SlowError, SourceError, UnavailableError
from adapters.rest import RestSource
from adapters.rest_service import RestAccess
from adapters.source import Fetched
from tests.support.sources import (
    CITIZEN,
    HEADER,
    NOBODY,
    ONE,
    ROWS,
    TWO,
    department,
    description,
)


async def _fault(body: Any, status: int = 200, content: bytes | None = None) -> Response:
    return Response(content, status) if content is not None else JSONResponse(body, status)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda _: _fault({}, 401), RefusedError), (lambda _: _fault({}, 404), MalformedError),
        (lambda _: _fault({"rows": []}), MalformedError), (lambda _: _fault({"data": {}}), MalformedError),
        (lambda _: _fault(None, content=b"<html>"), MalformedError), (lambda _: _fault({"data": [{"SFZH": NOBODY}]}), MalformedError),
        (lambda _: _fault({"data": ["x"]}), MalformedError), (lambda _: _fault({}, 503), UnavailableError),
        (lambda _: _fault({}, 500), UnavailableError), (lambda _: _fault({}, 408), UnavailableError),
    ],
)  # fmt: skip
async def test_a_service_that_misbehaves_is_an_error_of_the_family(answer: Any, error: type[SourceError]) -> None:
    async with department(ROWS) as (service, address):
        source = RestSource(description(), RestAccess(address), 2.0)
        service.answer = answer
        with pytest.raises(error):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
        await source.close()


async def test_a_failing_service_is_tried_again_and_then_left_alone() -> None:
    async with department(ROWS) as (service, address):
        source = RestSource(description(), RestAccess(address), 2.0)
        failures = iter([503, 503])

        async def recovering(body: Any) -> Response:
            status = next(failures, None)
            service.answer = None if status is None else recovering
            return JSONResponse({}, status or 502)

        service.answer = recovering
        with pytest.raises(UnavailableError):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
        assert service.requests == 3
        assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records
        service.answer = lambda _: _fault({}, 503)
        for _ in range(3):
            with pytest.raises(UnavailableError):
                await source.fetch(CITIZEN, [ONE], ["name"], 5)
        before = service.requests
        with pytest.raises(UnavailableError, match="left alone"):
            await source.fetch(CITIZEN, [ONE], ["name"], 5)
        assert service.requests == before
        await source.close()


@pytest.mark.parametrize("status", [404, 500])
async def test_a_failing_service_is_queried_once_for_all_waiting_callers(status: int) -> None:
    async with department(ROWS) as (service, address):
        source = RestSource(description(), RestAccess(address), 2.0)
        service.answer = lambda _: _fault({}, status)
        work = [source.fetch(CITIZEN, [key], ["name"], 5) for key in (ONE, TWO) * 25]
        found = await asyncio.gather(*work, return_exceptions=True)
        assert all(isinstance(item, SourceError) for item in found)
        assert service.requests <= 3
        await source.close()


@pytest.mark.parametrize("batch", [True, False])
async def test_a_hanging_service_opens_the_breaker_which_health_ignores(
    monkeypatch: pytest.MonkeyPatch,
    batch: bool,  # noqa: FBT001  # a parameter
) -> None:
    monkeypatch.setattr("adapters.rest_service._HANGS_SECONDS", 0.1)

    async with department(ROWS) as (service, address):
        source = RestSource(description(), RestAccess(address, batch=batch), 30.0)
        service.answer = lambda _: _fault({}, 500)
        for _ in range(6):  # however ill it says it is when asked for its health
            await source.health()
        service.answer = None
        assert (await source.fetch(CITIZEN, [ONE], ["name"], 5)).records

        async def hang(_: Any) -> Response:
            await asyncio.sleep(1)
            return JSONResponse({"data": []})

        service.answer = hang
        for _ in range(5):
            with pytest.raises(SlowError):
                await source.fetch(CITIZEN, [ONE], ["name"], 0.2)
        await asyncio.sleep(0.1)
        with pytest.raises(UnavailableError, match="left alone"):
            await source.fetch(CITIZEN, [ONE], ["name"], 0.2)
        await source.close()


@pytest.mark.parametrize("batch", [True, False])
async def test_a_hanging_service_is_reported_as_slow(batch: bool) -> None:  # noqa: FBT001  # a parameter
    async with department(ROWS) as (service, address):
        for own, seconds in ((0.2, 5.0), (5.0, 0.2)):  # by the node's bound for a request, or by its caller's time
            source = RestSource(description(), RestAccess(address, batch=batch), own)

            async def hang(_: Any) -> Response:
                await asyncio.sleep(2)
                return JSONResponse({"data": []})

            service.answer = hang
            with pytest.raises(SlowError):
                await source.fetch(CITIZEN, [ONE], ["name"], seconds)
            await source.close()


async def test_a_service_with_single_lookups_fails_only_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    async with department(ROWS) as (service, address):
        source = RestSource(description(), RestAccess(address, batch=False), 30.0)

        async def answer(body: Any) -> Response:
            if body["SFZH"] == TWO:
                return JSONResponse({}, 500)
            if body["SFZH"] == NOBODY:
                await asyncio.sleep(3)
            return JSONResponse({"data": [dict(zip(HEADER, ROWS[0], strict=True))]})

        service.answer = answer
        work = [source.fetch(CITIZEN, [key], ["name"], 1) for key in (NOBODY, TWO, ONE)]
        slow, bad, good = await asyncio.gather(*work, return_exceptions=True)
        assert isinstance(slow, SlowError)
        assert isinstance(bad, UnavailableError)
        assert isinstance(good, Fetched)
        assert good.records
        await source.close()


async def test_a_service_with_one_answer_for_all_keys_is_refused() -> None:
    async with department(ROWS) as (service, address):
        source = RestSource(description(), RestAccess(address, batch=False), 2.0)
        service.answer = lambda _: _fault({"data": [dict(zip(HEADER, row, strict=True)) for row in ROWS[:2]]})
        with pytest.raises(MalformedError, match="not asked for"):
            await source.fetch(CITIZEN, [ONE, TWO], ["name"], 5)
        await source.close()


async def test_the_health_of_a_service_is_judged_by_its_answer_as_lookups_are() -> None:
    async with department(ROWS) as (service, address):
        source = RestSource(description(), RestAccess(address), 2.0)
        assert (await source.health()).ready
        service.answer = lambda _: _fault({"code": 500, "data": []})
        health = await source.health()
        assert (health.ready, "rest.success" in health.detail) == (False, True)
        await source.close()


@pytest.mark.parametrize(("status", "ready"), [(200, True), (404, True), (401, False), (403, False), (503, False)])
async def test_a_service_without_batches_is_ready_unless_it_refuses_or_fails(status: int, *, ready: bool) -> None:
    async with department(ROWS) as (service, address):
        service.at_base = status
        source = RestSource(description(), RestAccess(address, batch=False), 2.0)
        assert (await source.health()).ready is ready
        await source.close()
