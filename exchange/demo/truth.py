"""The truth test: random queries to a node, whose sealed answers are compared with the true data.

Departments' stores have irregularities, but the true data are known from the city's generator. An answer is wrong if it
says match or mismatch and the truth differs, or "no record" if there is one. Unknown for another reason is not wrong,
since the answer says that it is undecided.
"""

import operator
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any

from exchange.demo.holdings import Held, holdings, registration
from exchange.demo.ids import citizen_id
from exchange.demo.population import enterprises, people
from registry.catalogue import Dataset, Field, FieldType
from registry.claims import Aggregate, Claim, Condition, Operator
from registry.identifiers import SubjectKind

Holdings = Mapping[str, Sequence[Held]]
"""The records of one dataset by identifier."""

_KNOWN = 20_000
"""The most people whose true data are kept in memory; of a larger city, the first ones."""
_ABSENT = ("NO_RECORD", "NO_VALUE")
_NUMBERS = (FieldType.DECIMAL, FieldType.INTEGER)
_FALLBACKS = {FieldType.DATE: "2001-01-01", FieldType.MONTH: "2001-01"} | dict.fromkeys(_NUMBERS, "1")
_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq, Operator.NE: operator.ne, Operator.LT: operator.lt, Operator.LE: operator.le,
    Operator.GT: operator.gt, Operator.GE: operator.ge, Operator.IN: operator.eq,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """One claim about several subjects, with its ``values`` and the ``expected`` result for each.

    An expected value of None means that there is nothing to compare.
    """

    dataset: str
    kind: SubjectKind
    claim: Claim
    subjects: Sequence[str]
    values: Sequence[tuple[str, ...]]
    expected: Sequence[bool | None]


@dataclass(slots=True)
class Tally:
    """Counts of answers by their agreement with the truth."""

    asked: int = 0
    right: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, sheet: Sheet, at: int, result: str, reason: str) -> None:
        """Compare one sealed result; ``wrong`` describes a difference without naming the subject."""
        self.asked += 1
        expected = sheet.expected[at]
        if result == "unknown" and reason not in _ABSENT:
            self.unknown[reason or "unnamed"] += 1
        elif {"match": True, "mismatch": False, "unknown": None}[result] is expected:
            self.right += 1
        else:
            claim = f"{sheet.claim.aggregate} {sheet.claim.field} {sheet.claim.operator}"
            self.wrong.append(f"{sheet.dataset} {claim}: {result} {reason}, but the truth is {expected}")

    def refused(self, reason: str, count: int) -> None:
        """Count questions that were refused, for which nothing was sealed."""
        self.asked += count
        self.unknown[reason] += count


def known_truth(count: int, seed: int, today: date) -> dict[str, Holdings]:
    """Return the true data of a city by dataset."""
    found: dict[str, dict[str, list[Held]]] = defaultdict(lambda: defaultdict(list))
    for person in islice(people(count, seed, today), _KNOWN):
        for dataset, record in holdings(person):
            found[dataset][person.id].append(record)
    for enterprise in islice(enterprises(count, seed), _KNOWN):
        found["identity.enterprise"][enterprise.uscc].append(registration(enterprise))
    return {name: dict(items) for name, items in found.items()}


def sheets(
    truth: Mapping[str, Holdings], catalogue: Mapping[str, Dataset], seed: int, size: int, strangers: Sequence[str] = ()
) -> Iterator[Sheet]:
    """Yield random questions endlessly, ``size`` subjects a sheet; ``strangers`` may have no records."""
    random = Random(f"{seed} questions")
    names = sorted(truth)
    everyone = strangers or list(truth["identity.person"])
    while True:
        dataset = catalogue[random.choice(names)]
        held = truth[dataset.id]
        kind = next(item for item in dataset.keys if item in (SubjectKind.CITIZEN_ID, SubjectKind.USCC))
        others = everyone if kind is SubjectKind.CITIZEN_ID else ()
        subjects = list(dict.fromkeys(_subject(random, held, others, kind) for _ in range(size)))
        claim, asked = _claim(random, dataset)
        values = [_value(random, asked, claim, held, subject) for subject in subjects]
        said = [judge(claim, value, held.get(key, ()), asked) for key, value in zip(subjects, values, strict=True)]
        yield Sheet(dataset.id, kind, claim, subjects, values, said)


def judge(claim: Claim, values: tuple[str, ...], records: Iterable[Held], asked: Field) -> bool | None:
    """Return whether a claim is true of records by its definition; None if there is nothing to compare."""
    held = [item for item in records if all(item.get(part.field) in part.values for part in claim.where)]
    found = [item[claim.field] for item in held if claim.field in item]
    match claim.operator, claim.aggregate:
        case Operator.EXISTS, _:
            return bool(found)
        case _, Aggregate.COUNT:
            return _COMPARE[claim.operator](len(found), int(values[0]))
        case _, Aggregate.MONTHS:
            return _COMPARE[claim.operator](len({item[:7] for item in found}), int(values[0]))
        case _, Aggregate.SUM:
            return _COMPARE[claim.operator](sum(map(Decimal, found)), Decimal(values[0]))
    if not found:
        return None
    read: Callable[[str], Any] = Decimal if asked.type in _NUMBERS else str
    holds = [_COMPARE[claim.operator](read(item), read(values[0])) for item in found]
    return all(holds) if claim.operator is Operator.NE else any(holds)


def _subject(random: Random, held: Holdings, strangers: Sequence[str], kind: SubjectKind) -> str:
    share = random.random()
    if share < 0.8 or not strangers:
        return random.choice(list(held))
    if share < 0.93 or kind is not SubjectKind.CITIZEN_ID:
        return random.choice(strangers)
    return citizen_id("469001", date(1960, 1, 1), random.randrange(1, 999))  # of another province, and unknown to all


def _claim(random: Random, dataset: Dataset) -> tuple[Claim, Field]:
    asked = random.choice(dataset.fields)
    where: tuple[Condition, ...] = ()
    codes = [item for item in dataset.fields if item.type is FieldType.CODE and item is not asked]
    if codes and random.random() < 0.4:
        condition = random.choice(codes)
        chosen = random.sample(sorted(condition.codes), random.choice((1, min(2, len(condition.codes)))))
        where = (Condition(condition.name, Operator.IN, tuple(chosen)),)
    kinds = [Aggregate.ANY, Aggregate.ANY, Aggregate.COUNT]
    kinds += [Aggregate.SUM] if asked.type in _NUMBERS else []
    kinds += [Aggregate.MONTHS] if asked.type in (FieldType.MONTH, FieldType.DATE) else []
    aggregate = random.choice(kinds)
    ordered = asked.type in (*_NUMBERS, FieldType.DATE, FieldType.MONTH) or aggregate is not Aggregate.ANY
    choices = [Operator.EQ, Operator.NE, Operator.IN]
    choices += [Operator.LT, Operator.LE, Operator.GT, Operator.GE] if ordered else []
    choices += [Operator.EXISTS] if aggregate is Aggregate.ANY else []
    return Claim(asked.name, random.choice(choices), (), aggregate, where), asked


def _value(random: Random, asked: Field, claim: Claim, held: Holdings, subject: str) -> tuple[str, ...]:
    """Return a value to compare: more often the subject's own than another's."""
    if claim.operator is Operator.EXISTS:
        return ()
    if claim.aggregate in (Aggregate.COUNT, Aggregate.MONTHS):
        return (str(max(len(held.get(subject, ())) + random.choice((-1, 0, 0, 1)), 0)),)
    own = [item[claim.field] for item in held.get(subject, ()) if claim.field in item]
    if claim.aggregate is Aggregate.SUM:
        return (str(sum(map(Decimal, own)) + random.choice((-1, 0, 0, 1))),)
    if own and random.random() < 0.6:
        return (random.choice(own),)
    others = (item[claim.field] for item in held[random.choice(list(held))] if claim.field in item)
    fallback = min(asked.codes) if asked.codes else _FALLBACKS.get(asked.type, "甲")
    return (next(others, fallback),)
