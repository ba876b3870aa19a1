"""Tests that an act has one entry, whenever its caller leaves."""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
import pytest

from exchange.acts.act import Act
from exchange.acts.authenticator import Caller
from exchange.acts.call import Call
from exchange.acts.perform import perform, refuse_unread
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.register_act import RegisterAct, permit_entry
from exchange.acts.road import Road
from exchange.acts.state import IN_DOUBT, InDoubt, NodeState
from exchange.auditing.look import Look
from registry.agencies import Duty
from registry.errors import LedgerError
from registry.ledger.leaf import Draft, Pseudonyms
from registry.ledger.recorder import Handed, Recorder
from tests.support.permitting import BASIS, GRANTED, requester, state_of

ASK, CHANGE, REFUSED = Look("search", "抽查"), RegisterAct("list", BASIS, register="document"), Look("search")
AUDITOR, DESK = requester(GRANTED, Duty.AUDIT), requester(GRANTED)
GONE, SHOWN = ("fail", "CALLER_GONE"), ("permit", "DUTY")
TURNS = range(1, 20)
"""Turns of the event loop after which the caller leaves; no act here takes as many."""


class _Book(Recorder):
    """Records entries some turns of the event loop after they are handed over, as a ledger does."""

    def __init__(self) -> None:
        self.failing = 0
        self.entries: list[tuple[str, str]] = []
        self.leaves: list[dict[str, Any]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def write(self, drafts: Sequence[Draft]) -> list[str]:
        """Return a receipt for each entry."""
        handed: Handed[list[str]] = Handed(drafts, asyncio.get_running_loop().create_future())
        task = asyncio.create_task(self._record(handed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await handed.outcome
        except asyncio.CancelledError:
            raise handed.left() from None

    async def _record(self, handed: Handed[list[str]]) -> None:
        await turns(3)
        if self.failing:
            self.failing -= 1
            handed.fail(LedgerError("ledger: not recorded"))
            return
        leaves = [orjson.loads(draft.data) for draft in handed.drafts]
        self.leaves += leaves
        self.entries += [(leaf["decision"], leaf["reason"]) for leaf in leaves]
        handed.succeed(["receipt"] * len(leaves))


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the caller of each method a system with the duty that it needs."""
    stranger = Caller("stranger", Refusal(Reason.CERTIFICATE_UNKNOWN, "not on record"))
    known = {"Change": Caller("desk", DESK), "Ask": Caller("auditor", AUDITOR), "Stranger": stranger}
    monkeypatch.setattr(Road, "caller", lambda _, call: known[call.method])


def road(per_second: float = 1e6) -> tuple[Road, _Book]:
    book = _Book()
    way = Road(book, Pseudonyms(b"k" * 32), per_second)
    way.state = state_of()
    return way, book


async def turns(number: int) -> None:
    """Wait for turns of the event loop."""
    for _ in range(number):
        await asyncio.sleep(0)


async def left_after(number: int, way: Road, act: Awaitable[Any]) -> None:
    """Leave an act after turns of the event loop, and wait for what continues."""
    caller = asyncio.ensure_future(act)
    await turns(number)
    caller.cancel()
    with suppress(asyncio.CancelledError):
        await caller
    await way.drain()
    assert way.left == 0


def asked(way: Road, method: str = "Ask") -> Awaitable[Any]:
    """Ask a question, whose source takes some turns."""

    async def work(permit: Permit[Look]) -> str:
        await turns(3)
        return await way.ledger.record(permit.act.permit_entry(AUDITOR))

    return perform(way, Call(method, b"", 10.0), ASK, work)


def changed(way: Road, done: list[int]) -> Awaitable[Any]:
    """Change something, which takes some turns before and after its entry."""

    async def work(permit: Permit[RegisterAct]) -> str:
        await turns(3)
        receipt = await way.ledger.record(permit_entry(DESK, permit.act, "LISTED", "", "", way.pseudonyms))
        await turns(3)
        done.append(len(done))
        return receipt

    return perform(way, Call("Change", b"", 10.0), CHANGE, work)


async def test_a_question_whose_caller_leaves_has_one_entry() -> None:
    seen = []
    for number in TURNS:
        way, book = road()
        await left_after(number, way, asked(way))
        assert len(book.entries) == 1, number
        seen += book.entries
    assert seen == sorted(seen)  # CALLER_GONE while its source is asked, and then its answer's
    assert set(seen) == {GONE, SHOWN}


async def test_a_change_whose_caller_leaves_is_done_with_one_entry() -> None:
    for number in TURNS:
        way, book = road()
        done: list[int] = []
        await left_after(number, way, changed(way, done))
        assert (book.entries, done) == ([("permit", "LISTED")], [0]), number


async def refuse(_: Permit[Act]) -> str:
    raise AssertionError("not permitted")


async def test_a_refusal_whose_caller_leaves_has_one_entry() -> None:
    for number in TURNS:
        way, book = road()
        await left_after(number, way, perform(way, Call("Ask", b"", 10.0), REFUSED, refuse))
        assert book.entries == [("deny", "BASIS_MISSING")], number


async def test_an_answer_whose_entry_fails_when_its_caller_left_has_one_of_that() -> None:
    for number in TURNS:
        way, book = road()
        book.failing = 1
        await left_after(number, way, asked(way))
        if book.failing == 0 and book.entries:
            assert book.entries == [("fail", "LEDGER_UNAVAILABLE")], number
    assert book.entries == [("fail", "LEDGER_UNAVAILABLE")]


async def test_an_act_that_asks_has_its_own_entry_beside_that_of_its_question() -> None:
    for number in TURNS:
        way, book = road()

        async def work(_: Permit[Look], way: Road = way) -> object:
            return await asked(way)

        await left_after(number, way, perform(way, Call("Ask", b"", 10.0), ASK, work))
        assert book.entries in ([GONE, GONE], [SHOWN, GONE], [GONE, SHOWN], [SHOWN]), number


async def test_an_inner_question_is_decided_by_the_state_of_its_own_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    way, book = road()
    call, suspended = Call("Ask", b"", 10.0), Refusal(Reason.SYSTEM_SUSPENDED, "the system is suspended")

    async def work(_: Permit[Look]) -> list[object]:
        first = await perform(way, call.within(), ASK, answer)
        monkeypatch.setattr(Road, "caller", lambda *_: Caller("auditor", suspended))
        return [first, await perform(way, call.within(), ASK, answer)]

    async def answer(permit: Permit[Look]) -> str:
        return await way.ledger.record(permit.act.permit_entry(AUDITOR))

    assert await perform(way, call, ASK, work) == ["receipt", suspended]
    assert book.entries[:2] == [SHOWN, ("deny", "SYSTEM_SUSPENDED")]


@pytest.mark.parametrize(
    ("refused", "counted"), [((), ["OK"]), ((0,), ["OK", "NUMBER_TAKEN"]), ((0, 1), ["NUMBER_TAKEN", "NUMBER_TAKEN"])]
)
async def test_each_refused_item_is_recorded_and_counted_by_its_reason(
    monkeypatch: pytest.MonkeyPatch, refused: tuple[int, ...], counted: list[str]
) -> None:
    way, book = road()
    told: list[str] = []
    monkeypatch.setattr("exchange.acts.perform.count", lambda _method, outcome, _seconds: told.append(outcome))
    taken = Refusal(Reason.NUMBER_TAKEN, "taken")

    async def work(_: Permit[RegisterAct]) -> list[str | Refusal]:
        return [taken if at in refused else "license" for at in range(2)]

    found = await perform(way, Call("Change", b"", 10.0), CHANGE, work)
    assert isinstance(found, list)
    assert [at for at, item in enumerate(found) if item == taken] == list(refused)
    assert (told, book.entries) == (counted, [("deny", "NUMBER_TAKEN")] * len(refused))


async def test_a_refused_item_that_is_not_recorded_is_refused_so() -> None:
    way, book = road()
    book.failing = 1

    async def work(_: Permit[RegisterAct]) -> list[str | Refusal]:
        return [Refusal(Reason.NUMBER_TAKEN, "taken")]

    found = await perform(way, Call("Change", b"", 10.0), CHANGE, work)
    assert isinstance(found, list)
    assert [item.reason for item in found if isinstance(item, Refusal)] == [Reason.LEDGER_UNAVAILABLE]


@pytest.mark.parametrize(
    ("state", "matter"),
    [(state_of(), "m"), (state_of(matters={}), None), (IN_DOUBT, None)],
    ids=["known", "empty", "doubt"],
)
async def test_a_refusal_names_what_is_on_record(state: NodeState | InDoubt, matter: str | None) -> None:
    way, book = road()
    way.state = state
    act = RegisterAct("list", replace(BASIS, legal_basis="其他"), register="document")
    refused = await perform(way, Call("Change", b"", 10.0), act, refuse)
    assert isinstance(refused, Refusal)
    [leaf] = book.leaves
    assert (leaf["kind"], leaf.get("matter")) == ("document.list", matter)
    assert (refused.reason is Reason.REGISTER_IN_DOUBT) == (state is IN_DOUBT)


async def test_a_request_that_cannot_be_read_is_refused_as_its_callers_are() -> None:
    fault = Refusal(Reason.INVALID_REQUEST, "the request is no message")
    way, book = road()
    assert await refuse_unread(way, Call("Ask", b"", 10.0), ASK, fault) == fault
    assert (await refuse_unread(way, Call("Stranger", b"", 10.0), ASK, fault)).reason is Reason.CERTIFICATE_UNKNOWN
    way.state = IN_DOUBT
    assert (await refuse_unread(way, Call("Ask", b"", 10.0), ASK, fault)).reason is Reason.REGISTER_IN_DOUBT
    assert book.entries == [
        ("deny", "INVALID_REQUEST"), ("deny", "CERTIFICATE_UNKNOWN"), ("fail", "REGISTER_IN_DOUBT"),
    ]  # fmt: skip


async def test_an_act_over_the_rate_or_of_a_stranger_is_not_begun() -> None:
    way, book = road(per_second=1.0)
    assert (await perform(way, Call("Stranger", b"", 10.0), ASK, refuse)).reason is Reason.CERTIFICATE_UNKNOWN
    for _ in range(3):  # the first of a burst is recorded
        over = await perform(way, Call("Stranger", b"", 10.0), ASK, refuse)
        assert isinstance(over, Refusal)
        assert over.reason is Reason.RATE_EXCEEDED
    assert book.entries == [("deny", "CERTIFICATE_UNKNOWN"), ("deny", "RATE_EXCEEDED")]
    await way.drain()
    assert book.leaves[-1]["refusals"] == 2


async def test_acts_whose_callers_left_are_counted_until_they_end() -> None:
    way, _ = road()
    caller = asyncio.ensure_future(changed(way, []))
    await turns(2)
    assert way.left == 0
    caller.cancel()
    await turns(2)
    assert way.left == 1
    await way.drain()
    assert way.left == 0
