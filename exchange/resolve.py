"""Resolve: everything a matter needs to know for one case, asked at once, each requirement with its own evidence."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from exchange.minimize import Outcome
from exchange.query import Answered, Exchange
from exchange.question import Basis, Question
from exchange.refusal import Reason, Refusal
from registry.claims import Claim
from registry.identifiers import SubjectKind
from registry.matters import Matter, Mode, Requirement

_FACT = re.compile(r"\{([a-z_]+)\}")


class Resolution(StrEnum):
    """What came of a requirement."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"
    APPLICANT_MUST_SUPPLY = "applicant_must_supply"


@dataclass(frozen=True, slots=True)
class Settled:
    """A requirement and what came of it; ``reason`` where it is neither proven nor refuted."""

    requirement: Requirement
    resolution: Resolution
    reason: str = ""
    answered: Answered | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One run of a matter: its basis (legal bases come from the matter), its subjects by role, its facts by name."""

    basis: Basis
    subjects: Mapping[str, tuple[SubjectKind, str]]
    facts: Mapping[str, str]
    digest: str = ""


async def resolve(
    exchange: Exchange, certificate: bytes, matter: Matter, case: Case, seconds: float
) -> list[Settled] | Refusal:
    """Settle every requirement, concurrently; each question goes the one query path and is on the record."""
    questions: list[Question | Refusal | None] = [_question(requirement, case) for requirement in matter.requirements]
    missing = replace(case.basis, legal_basis="by requirement").missing
    if missing:
        return Refusal(Reason.BASIS_MISSING, f"basis.{missing}: no question without a basis", f"basis.{missing}")
    for question in questions:
        if isinstance(question, Refusal):
            return question
    if not any(questions):
        return Refusal(
            Reason.INVALID_REQUEST, f"basis.matter: {matter.id} has nothing that data can settle", "basis.matter"
        )
    outcomes = await asyncio.gather(
        *[exchange.ask(certificate, item, seconds) for item in questions if isinstance(item, Question)]
    )
    results = iter(outcomes)
    return [
        _settled(requirement, next(results) if question else None)
        for requirement, question in zip(matter.requirements, questions, strict=True)
    ]


def _question(requirement: Requirement, case: Case) -> Question | Refusal | None:
    """The question that settles a requirement; None where only the applicant can."""
    if not requirement.dataset:
        return None
    subject = case.subjects.get(requirement.subject)
    if subject is None:
        field = f"subjects.{requirement.subject}"
        return Refusal(Reason.INVALID_REQUEST, f"{field}: the matter needs this subject", field)
    claims = []
    for claim in requirement.claims:
        filled = _filled(claim, case.facts)
        if isinstance(filled, str):
            return Refusal(Reason.INVALID_REQUEST, f"facts.{filled}: the matter needs this fact", f"facts.{filled}")
        claims.append(filled)
    basis = replace(case.basis, legal_basis=requirement.legal_basis)
    kind, identifier = subject
    return Question(
        Mode.VERIFY, basis, requirement.dataset, kind, (identifier,), claims=tuple(claims), digest=case.digest
    )


def _filled(claim: Claim, facts: Mapping[str, str]) -> Claim | str:
    """The claim with facts in the place of their names, or the name of the fact that is missing."""
    conditions = []
    for condition in claim.where:
        values = _with_facts(condition.values, facts)
        if isinstance(values, str):
            return values
        conditions.append(replace(condition, values=values))
    values = _with_facts(claim.values, facts)
    return values if isinstance(values, str) else replace(claim, values=values, where=tuple(conditions))


def _with_facts(values: tuple[str, ...], facts: Mapping[str, str]) -> tuple[str, ...] | str:
    filled = []
    for value in values:
        fact = _FACT.fullmatch(value)
        if fact and fact[1] not in facts:
            return fact[1]
        filled.append(facts[fact[1]] if fact else value)
    return tuple(filled)


def _settled(requirement: Requirement, outcome: Answered | Refusal | None) -> Settled:
    if outcome is None:
        return Settled(requirement, Resolution.APPLICANT_MUST_SUPPLY, requirement.how)
    if isinstance(outcome, Refusal):
        return Settled(requirement, Resolution.UNAVAILABLE, f"{outcome.reason.name}: {outcome.detail}")
    resolution = resolution_of(outcome.result.outcomes[0])
    reason = "the source has nothing to compare with" if resolution is Resolution.UNKNOWN else ""
    return Settled(requirement, resolution, reason, outcome)


def resolution_of(outcomes: Sequence[Outcome], otherwise: Resolution = Resolution.PROVEN) -> Resolution:
    """What outcomes come to; without any nothing is settled, and ``otherwise`` stands if it says so."""
    if not outcomes:
        settled = otherwise in (Resolution.PROVEN, Resolution.REFUTED, Resolution.UNKNOWN)
        return Resolution.UNAVAILABLE if settled else otherwise
    if Outcome.MISMATCH in outcomes:
        return Resolution.REFUTED
    return Resolution.UNKNOWN if Outcome.UNKNOWN in outcomes else Resolution.PROVEN
