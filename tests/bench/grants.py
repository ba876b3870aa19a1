"""Benchmarks of grants: decisions, a change among very many, and lists."""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from exchange.acts.authorization import Authorizer
from exchange.acts.cedar import kept_entities
from exchange.acts.permit import Permit, authorize
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState
from exchange.node.wiring.state import FINDERS
from exchange.pki.agency_seals import AgencySeals
from exchange.query.asking import Asking
from exchange.query.question import Question
from keys.notes import NoteSigner
from keys.suites import SUITES
from registry.agencies import Agency, System
from registry.basis import Basis
from registry.catalogue import Dataset, Field, Sharing
from registry.claims import Claim, Operator
from registry.collector import tune_gc
from registry.connection import connect, create_database
from registry.content import stored_rows
from registry.database import Database
from registry.grants import Grant, by_party
from registry.identifiers import SubjectKind
from registry.identifiers.enterprises import check_character
from registry.items import page
from registry.ledger.appender import TransactionalAppender
from registry.matters import Matter, Mode, Requirement
from registry.register import Register
from registry.register_watch import RegisterWatch
from registry.registrar import Registrar
from tests.bench.report import Row

SIZES = (20, 2_000, 100_000)
_DATASETS, _PAGE, _ADDED, _ROUNDS = 100, 100, 5_000, 20
_MATTER, _LAW = "m", "依据"
_FROM, _TO = datetime(2026, 1, 1, tzinfo=UTC), datetime(2096, 1, 1, tzinfo=UTC)
_SOURCE = "113205000000140157"
_COLUMNS = (
    "id", "agency", "dataset", "fields", "clear_fields", "modes", "matters", "legal_basis", "valid_from", "valid_to",
    "state",
)  # fmt: skip


def _agency(number: int) -> str:
    first17 = f"11320500{number:09}"
    return first17 + check_character(first17)


def _dataset(number: int) -> Dataset:
    fields = tuple(Field(f"f{at}", "项", "Field") for at in range(20))
    return Dataset(
        f"d{number}", "数据", "Data", _SOURCE, Sharing.CONDITIONAL, (SubjectKind.CITIZEN_ID,), "daily", fields
    )


def _grant(number: int) -> Grant:
    return Grant(
        f"g{number}", _agency(number // _DATASETS), f"d{number % _DATASETS}", tuple(f"f{at}" for at in range(20)),
        (Mode.VERIFY,), (_MATTER,), _LAW, _FROM, _TO,
    )  # fmt: skip


def _matter() -> Matter:
    needs = tuple(
        Requirement(f"r{at}", "证", "Proof", _LAW, "x", "y", f"d{at}", claims=(Claim("f0", Operator.EXISTS),))
        for at in range(_DATASETS)
    )
    return Matter(_MATTER, "事项", "Matter", _SOURCE, needs)


async def measure_grants(server_url: str, rows: list[Row], sizes: tuple[int, ...] = SIZES) -> None:
    """Measure decisions at each size; changes and lists at the largest."""
    for size in sizes:
        _decisions(size, rows)
    await create_database(server_url, "grants_bench")
    url = server_url.replace("/departments", "/grants_bench")
    database = Database(url)
    await database.upgrade()
    signer = NoteSigner("bench.yici.example/ledger", SUITES["EdDSA"].generate())
    with tempfile.TemporaryDirectory() as folder:
        appender = TransactionalAppender([signer], [signer.key], Path(folder) / "checkpoint")
        registrar = Registrar(database, appender, "bench")
        await _fill(url, registrar, appender, max(sizes))
        await _changes(url, registrar, max(sizes), rows)
        await _lists(url, max(sizes), rows)
    await database.close()


def _decisions(size: int, rows: list[Row]) -> None:
    """Measure decisions on random grants, in a state of a node with so many."""
    register = Register(
        datasets={item.id: item for item in map(_dataset, range(_DATASETS))}, matters={_MATTER: _matter()},
        grants=by_party(map(_grant, range(size))),
    )  # fmt: skip
    seals = AgencySeals(register, {}, b"")  # type: ignore[arg-type]  # nothing is sealed
    state = NodeState(register, Authorizer(register, FINDERS), seals)
    chosen = random.Random(size).choices(range(size), k=20)  # not a secret
    asked = [(_requester(number), [_question(number, at) for at in range(20)]) for number in chosen]

    def cached(who: Requester, act: Asking) -> None:
        if not isinstance(authorize(state, who, act), Permit):
            raise TypeError("what is granted was refused")

    def uncached(who: Requester, act: Asking) -> None:
        state.authorizer.decide(who, act.action, act.resource(state), act.context(state), act.shape)

    def first(who: Requester, act: Asking) -> None:
        kept_entities.cache_clear()
        uncached(who, act)

    for name, decide, wanted in (
        ("not cached, of a system's first question on a dataset", first, ""),
        ("not cached", uncached, "at most 150"),
        ("cached", cached, "at most 5"),
    ):
        took = _best([[partial(decide, who, act) for act in acts] for who, acts in asked])
        rows.append(Row(f"decision, {name}, {size:,} grants", took * 1e6, "µs", wanted))


def _requester(number: int) -> Requester:
    agency = _agency(number // _DATASETS)
    return Requester(Agency(agency, "局", "320500"), System(f"system-{agency}", agency, "台"))


def _question(number: int, at: int) -> Asking:
    claims = (Claim(f"f{at}", Operator.EXISTS),)
    basis = Basis(_MATTER, "c", _LAW, "o")
    return Asking(
        Question(
            Mode.VERIFY, basis, f"d{number % _DATASETS}", SubjectKind.CITIZEN_ID, ("11010519491231002X",), claims=claims
        )
    )


def _best(groups: list[list[Callable[[], object]]]) -> float:
    """Return the least time of a call, as the median over groups of calls, since the host's speed varies."""
    best = [float("inf")] * len(groups)
    for _ in range(_ROUNDS):
        for at, calls in enumerate(groups):
            started = time.perf_counter()
            for call in calls:
                call()
            best[at] = min(best[at], (time.perf_counter() - started) / len(calls))
    return statistics.median(best)


async def _fill(url: str, registrar: Registrar, appender: TransactionalAppender, size: int) -> None:
    """Add grants and their entries, many at once; the registrar adds one after the other."""
    await registrar.add_agencies(
        [Agency(uscc, "局", "320500") for uscc in {_SOURCE, *(_agency(at) for at in range(size // _DATASETS + 1))}]
    )
    await registrar.add_datasets([_dataset(number) for number in range(_DATASETS)])
    await registrar.add_matters([_matter()])
    connection = await connect(url)
    for start in range(0, size, _ADDED):
        grants = [_grant(number) for number in range(start, min(start + _ADDED, size))]
        records = [[getattr(item, name) for name in _COLUMNS] for item in grants]
        async with connection.transaction():
            await connection.copy_records_to_table("access_grant", records=records, columns=_COLUMNS)
            rows = await stored_rows(connection, "grant", [item.id for item in grants])
            await appender.record(connection, [registrar.entry("ADDED", None, row) for row in rows.values()])
    await connection.close()


class _Ticker:
    """Ticks each millisecond, as running calls would; knows the longest pause."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def run(self) -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.perf_counter() - started)


async def _changes(url: str, registrar: Registrar, size: int, rows: list[Row]) -> None:
    """Measure how soon a committed change is in force in a process, and how long others wait for it."""
    states: list[NodeState] = []

    async def follow(register: Register | None) -> None:
        if register is not None:
            seals = AgencySeals(register, {}, b"")  # type: ignore[arg-type]  # nothing is sealed
            authorizer = states[-1].authorizer.after(register) if states else Authorizer(register, FINDERS)
            states.append(NodeState(register, authorizer, seals))

    watch = RegisterWatch(url, follow)
    started = time.perf_counter()
    await watch.open()
    rows.append(Row(f"a reading of all registers, {size:,} grants", time.perf_counter() - started, "s"))
    tune_gc((700, 10, 10))
    ticker, effects = _Ticker(), []
    running = [asyncio.create_task(watch.follow()), asyncio.create_task(ticker.run())]
    await asyncio.sleep(0.1)
    ticker.longest = 0.0
    for number in range(_ROUNDS):
        who, act = _requester(number), _question(number, 0)
        if not isinstance(authorize(states[-1], who, act), Permit):
            raise TypeError("what is granted was refused")
        await registrar.revoke_grant(f"g{number}", "measured")
        started = time.perf_counter()
        while isinstance(authorize(states[-1], who, act), Permit):
            await asyncio.sleep(0.001)
        effects.append(time.perf_counter() - started)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    rows.append(Row(f"a revoked grant of {size:,} takes effect", max(effects), "s", "under 1", "after its commit"))
    rows.append(Row("the longest pause of a process at a changed grant", ticker.longest * 1e3, "ms", "at most 50"))


async def _lists(url: str, size: int, rows: list[Row]) -> None:
    connection = await connect(url)
    await page(connection, "grant", "", [], "", 1)  # asks for the columns' types, once a connection
    times = []
    for after in ("", "g5", "g9"):
        for where, values in (("", []), ("agency = $1", [_agency(1)]), ("dataset = $1", ["d7"])):
            started = time.perf_counter()
            await page(connection, "grant", where, values, after, _PAGE)
            times.append(time.perf_counter() - started)
    await connection.close()
    rows.append(
        Row(f"a page of {_PAGE} of {size:,} grants", max(times) * 1e3, "ms", "at most 50", "the slowest filter")
    )
