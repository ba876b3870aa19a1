"""The truth test for every kind of source: answers are true or undecided, never wrong."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.reach import count_keys
from adapters.source import KEYS_UNREACHABLE, Source
from adapters.sql import SqlSource
from exchange.demo import dirt
from exchange.demo.names import make_name
from exchange.demo.population import people
from exchange.demo.truth import Held, Sheet, Tally, sheets
from exchange.query.access import Granted
from exchange.query.minimizing import minimize
from exchange.query.question import Question
from registry.basis import Basis
from registry.matters import Mode
from tests.support.sources import KINDS, description
from tests.unit.exchange.demo.test_population import TODAY

STORES = [kind for kind in KINDS if kind != "licenses"]
DROPS = ("csv", "xlsx", "parquet")
HABITS = {"trim": True, "width": True, "fifteen_digits": True}
CATALOGUE = {"test.things": description().catalogue}
SEXES = {"male": "1", "female": "2"}
QUESTIONS = 2_300
"""Of each kind of source: more than 20,000 in all."""
IDS = [person.id for person in people(400, 3, TODAY)]


@dataclass(frozen=True, slots=True)
class Store:
    """Rows as a department stores them, and the true data of each person."""

    rows: list[tuple[str, ...]]
    truth: dict[str, list[Held]]


def make_store(random: Random, people_in_it: Sequence[str], kinds_of_dirt: frozenset[str]) -> Store:
    """Generate one to three records a person, about a third of them with irregularities."""
    rows, truth = [], {}
    for person in people_in_it:
        held = [_record(random) for _ in range(random.choice((1, 1, 2, 3)))]
        truth[person] = held
        for record in held:
            own = {kind for kind in kinds_of_dirt if random.random() < (0.1 if kind in DAMAGE else 0.3)}
            rows.append(_row(random, person, record, own))
    random.shuffle(rows)
    return Store(rows, truth)


def _record(random: Random) -> Held:
    day = f"{random.randrange(1950, 2026)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}"
    amount = f"{random.randrange(1, 500_000) / 100:.2f}"
    return {"name": make_name(random)[0], "sex": random.choice(("male", "female")), "day": day, "amount": amount}


def _row(random: Random, person: str, record: Held, own: set[str]) -> tuple[str, ...]:
    key, name, amount = person, record["name"], record["amount"]
    sex, day = SEXES[record["sex"]], record["day"].replace("-", "")
    if "short" in own and person[6:8] == "19" and person[14:17] < "996":
        key = person[:6] + person[8:17]
    key = dirt.full_width(key) if "wide" in own else key
    key = random.choice((f" {key}", f"{key}\t", f"\u3000{key}", f"{key}  ")) if "blanks" in own else key
    key = key.strip()[:-1] if "cut" in own else key
    key = dirt.invisible(key) if "invisible in key" in own else key
    name = random.choice(dirt.JOINTS).join(name.split("·")) if "dots" in own else name
    name = f" {name[:1]}\u200b{name[1:]} " if "invisible" in own else name
    name = dirt.private_use(name) if "private use" in own else name
    name = dirt.lost(name) if "lost" in own else name
    name = dirt.masked(name) if "masked" in own else name
    name = dirt.boxed(name) if "boxed" in own else name
    name = dirt.decoded_wrongly(name) if "decoded wrongly" in own else name
    amount = f"￥{float(amount):,.2f}" if "separators" in own else amount
    amount = dirt.with_note(amount) if "note" in own else amount
    sex = "9" if "unknown code" in own else sex
    day = "20230230" if "no such day" in own else day
    return key, name, sex, day, amount


HARMLESS = frozenset({"short", "wide", "blanks", "dots", "invisible", "private use", "separators"})
DAMAGE = frozenset({"lost", "unknown code", "no such day", "masked", "boxed", "decoded wrongly", "note"})
CUT = frozenset({"cut", "invisible in key"})
"""A key that lacks a digit, or has an invisible character: it takes away what the absence of a record proves."""


async def ask(source: Source, asked: Iterator[Sheet]) -> Tally:
    """Judge as the node does once it has counted unreachable keys."""
    if isinstance(source, SqlSource):
        counted = await count_keys(source)
        source.incomplete = KEYS_UNREACHABLE if counted is None or counted.unreachable else ""
    tally = Tally()
    for sheet in asked:
        fields = [sheet.claim.field, *(part.field for part in sheet.claim.where)]
        fetched = await source.fetch(sheet.kind, sheet.subjects, sorted(set(fields)), 120)
        question = Question(
            Mode.VERIFY, Basis("m", "c", "l", "o"), sheet.dataset, sheet.kind, tuple(sheet.subjects),
            claims=(sheet.claim,), values=tuple(sheet.values) if any(sheet.values) else (), chunk="c",
        )  # fmt: skip
        result = await minimize(question, Granted(CATALOGUE[sheet.dataset], (), ""), fetched)
        for at, [finding] in enumerate(result.outcomes):
            tally.add(sheet, at, finding.outcome, finding.reason or "")
    return tally


def tally_of(kind: str, store: Store, folder: Path, url: str, seed: int, count: int, size: int = 50) -> Tally:
    async def run() -> Tally:
        layout = {"on_bad_row": "set aside"} if kind in DROPS else {}
        habits = {"width": True} if kind == "rest-single" else HABITS
        async with KINDS[kind](store.rows, folder, url, **habits, drop=layout) as source:
            asked = sheets({"test.things": store.truth}, CATALOGUE, seed, size, strangers=IDS)
            return await ask(source, islice(asked, count // size))

    return asyncio.run(run())


@pytest.mark.parametrize("kind", STORES)
def test_no_answer_differs_from_the_truth_however_a_store_is_dirty(kind: str, tmp_path: Path, url: str) -> None:
    one_by_one = kind == "rest-single"  # a request a spelling
    harmless = HARMLESS - {"blanks", "short"} if one_by_one else HARMLESS
    store = make_store(Random(kind), IDS[:300], harmless | DAMAGE)
    tally = tally_of(kind, store, tmp_path, url, 1, 200 if one_by_one else QUESTIONS)
    assert tally.wrong == []
    assert tally.right > 0.3 * tally.asked, tally.unknown


@pytest.mark.parametrize("kind", ["postgresql", "pgbouncer", "sqlite", "mariadb", *DROPS])
def test_one_key_out_of_reach_leaves_no_absence_certain(kind: str, tmp_path: Path, url: str) -> None:
    store = make_store(Random(kind), IDS[:100], CUT)
    tally = tally_of(kind, store, tmp_path, url, 2, 500)
    assert tally.wrong == []
    assert tally.unknown["ROWS_SET_ASIDE" if kind in DROPS else "KEYS_UNREACHABLE"] > 0
    assert tally.right > 0


@given(seed=st.integers(0, 10**6), kinds=st.frozensets(st.sampled_from(sorted(HARMLESS | DAMAGE | CUT))))
@pytest.mark.parametrize("kind", ["sqlite", "csv"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_answers_stay_true_with_any_irregularity(
    kind: str, seed: int, kinds: frozenset[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = make_store(Random(seed), IDS[:20], kinds)
    assert tally_of(kind, store, tmp_path_factory.mktemp("dirt"), "", seed, 60, 20).wrong == []
