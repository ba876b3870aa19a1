"""Tests of Resolve: a requirement is refuted only if no alternative may still prove it."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from exchange.acts.call import Call
from exchange.acts.refusals import Reason, Refusal
from exchange.query.answers import Result
from exchange.query.pipeline import Answered
from exchange.query.question import Question
from exchange.query.resolve import Case, Resolution, Settled, _settle, resolve
from registry.basis import Basis
from registry.claims import Claim, Operator
from registry.identifiers import SubjectKind
from registry.matters import Matter, Mode, Option, Requirement
from registry.outcomes import MATCH, MISMATCH, UNKNOWN, Finding, Unknown
from registry.register import Register

CLAIM = (Claim("name", Operator.EXISTS),)
AWAY = Refusal(Reason.SOURCE_UNAVAILABLE, "out of service")
NOT_GRANTED = Refusal(Reason.NO_GRANT, "no grant")
NONE, NO_VALUE = UNKNOWN[Unknown.NO_RECORD], UNKNOWN[Unknown.NO_VALUE]
DOUBT, ASIDE = UNKNOWN[Unknown.KEYS_UNREACHABLE], UNKNOWN[Unknown.ROWS_SET_ASIDE]


class Asked:
    """Answers the questions of a requirement in order."""

    def __init__(self, answers: Sequence[Any]) -> None:
        self._answers = iter(answers)

    async def ask(self, *_: Any) -> Answered | Refusal:
        answer = next(self._answers)
        if isinstance(answer, Refusal):
            return answer
        findings = [answer] if isinstance(answer, Finding) else list(answer)
        return Answered("answer", "receipt", Result(datetime.now(UTC), outcomes=[findings]))


def settled(*answers: Any) -> Settled:
    datasets = [f"d{number}" for number in range(1, len(answers) + 1)]
    requirement = Requirement(
        "r", "证", "Proof", "依据", "x", "y", datasets[0], claims=CLAIM,
        instead=tuple(Option(name, CLAIM) for name in datasets[1:]),
    )  # fmt: skip
    basis = Basis("m", "c", "依据", "o")
    questions = [
        Question(Mode.VERIFY, basis, name, SubjectKind.CITIZEN_ID, ("11010519491231002X",), claims=CLAIM)
        for name in datasets
    ]
    exchange: Any = Asked(answers)
    return asyncio.run(_settle(exchange, Call("Resolve", b"", 5.0), requirement, questions, time.monotonic() + 5))


@pytest.mark.parametrize(
    ("answers", "resolution", "dataset"),
    [
        ((MISMATCH, MATCH), Resolution.PROVEN, "d2"),
        ((MISMATCH, MISMATCH), Resolution.REFUTED, "d1"),
        ((NONE, MISMATCH), Resolution.REFUTED, "d2"),
        ((MISMATCH, NONE), Resolution.REFUTED, "d1"),
        ((MISMATCH, NO_VALUE), Resolution.REFUTED, "d1"),
        ((MISMATCH, (DOUBT, NO_VALUE)), Resolution.REFUTED, "d1"),
        ((MISMATCH, (DOUBT, MATCH)), Resolution.UNKNOWN, "d2"),
        ((MISMATCH, DOUBT), Resolution.UNKNOWN, "d2"),
        ((DOUBT, MISMATCH), Resolution.UNKNOWN, "d1"),
        ((MISMATCH, AWAY), Resolution.UNAVAILABLE, "d2"),
        ((AWAY, MISMATCH), Resolution.UNAVAILABLE, "d1"),
        ((MISMATCH, NOT_GRANTED), Resolution.UNAVAILABLE, "d2"),
        ((AWAY, NONE), Resolution.UNAVAILABLE, "d1"),
        ((AWAY, ASIDE, MISMATCH), Resolution.UNKNOWN, "d2"),
        ((AWAY, DOUBT, MATCH), Resolution.PROVEN, "d3"),
        ((NONE, NO_VALUE), Resolution.UNKNOWN, "d1"),
        ((AWAY, NOT_GRANTED), Resolution.UNAVAILABLE, "d1"),
    ],
)
def test_a_refutation_is_open_while_an_alternative_is_undecided(
    answers: Sequence[Any], resolution: Resolution, dataset: str
) -> None:
    found = settled(*answers)
    assert (found.resolution, found.dataset) == (resolution, dataset)


async def test_a_matter_that_data_cannot_settle_is_refused() -> None:
    need = Requirement("r", "证", "Proof", "依据", "x", "y", "", how="带原件", how_en="bring the original")
    matter = Matter("m", "事项", "Matter", "113205000000140825", (need,))
    exchange: Any = Asked(())
    found = await resolve(
        exchange, Call("Resolve", b"", 5.0), Register(), matter, Case(Basis("m", "c", "", "o"), {}, {})
    )
    assert isinstance(found, Refusal)
    assert (found.reason, found.field) == (Reason.INVALID_REQUEST, "basis.matter")
