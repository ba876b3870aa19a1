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
from registry.claims import Claim, Condition
from registry.identifiers import SubjectKind
from registry.matters import Matter, Mode, Option, Requirement

_FACT = re.compile(r"\{([a-z_]+)\}")


class Resolution(StrEnum):
    """What came of a requirement."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"
    APPLICANT_MUST_SUPPLY = "applicant_must_supply"


_TELLING = (Resolution.PROVEN, Resolution.REFUTED, Resolution.UNKNOWN, Resolution.UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Settled:
    """A requirement and what came of it; ``reason`` where it is neither proven nor refuted; ``dataset`` said so."""

    requirement: Requirement
    resolution: Resolution
    reason: str = ""
    answered: Answered | None = None
    dataset: str = ""


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
    missing = case.basis.on("by requirement").missing
    if missing:
        return Refusal(Reason.BASIS_MISSING, f"basis.{missing}: no question without a basis", f"basis.{missing}")
    plan: list[list[Question]] = []
    for requirement in matter.requirements:
        questions = [_question(requirement, option, case) for option in requirement.options]
        for question in questions:
            if isinstance(question, Refusal):
                return question
        plan.append([item for item in questions if isinstance(item, Question)])
    if not any(plan):
        return Refusal(
            Reason.INVALID_REQUEST, f"basis.matter: {matter.id} has nothing that data can settle", "basis.matter"
        )
    work = [
        _settle(exchange, certificate, requirement, questions, seconds)
        for requirement, questions in zip(matter.requirements, plan, strict=True)
    ]
    return await asyncio.gather(*work)


async def _settle(
    exchange: Exchange, certificate: bytes, requirement: Requirement, questions: Sequence[Question], seconds: float
) -> Settled:
    """Ask in order until something proves it; else the most telling of what came back."""
    if not questions:
        return Settled(requirement, Resolution.APPLICANT_MUST_SUPPLY, requirement.how)
    found: list[Settled] = []
    for question in questions:
        found.append(_settled(requirement, question, await exchange.ask(certificate, question, seconds)))
        if found[-1].resolution is Resolution.PROVEN:
            return found[-1]
    return min(found, key=lambda item: _TELLING.index(item.resolution))


def _question(requirement: Requirement, option: Option, case: Case) -> Question | Refusal:
    """The question that may settle a requirement."""
    subject = case.subjects.get(requirement.subject)
    if subject is None:
        field = f"subjects.{requirement.subject}"
        return Refusal(Reason.INVALID_REQUEST, f"{field}: the matter needs this subject", field)
    claims = []
    for claim in option.claims:
        filled = _filled(claim, case.facts)
        if isinstance(filled, str):
            return Refusal(Reason.INVALID_REQUEST, f"facts.{filled}: the matter needs this fact", f"facts.{filled}")
        claims.append(filled)
    basis = case.basis.on(requirement.legal_basis)
    kind, identifier = subject
    return Question(Mode.VERIFY, basis, option.dataset, kind, (identifier,), claims=tuple(claims), digest=case.digest)


def _filled(claim: Claim, facts: Mapping[str, str]) -> Claim | str:
    """The claim with facts in the place of their names, or the name of the fact that is missing."""
    parts: tuple[Claim | Condition, ...] = (claim, *claim.where)
    if not any("{" in value for part in parts for value in part.values):
        return claim
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


def _settled(requirement: Requirement, question: Question, outcome: Answered | Refusal) -> Settled:
    if isinstance(outcome, Refusal):
        reason = f"{outcome.reason.name}: {outcome.detail}"
        return Settled(requirement, Resolution.UNAVAILABLE, reason, dataset=question.dataset)
    resolution = resolution_of(outcome.result.outcomes[0])
    reason = "the source has nothing to compare with" if resolution is Resolution.UNKNOWN else ""
    return Settled(requirement, resolution, reason, outcome, question.dataset)


def resolution_of(outcomes: Sequence[Outcome], otherwise: Resolution = Resolution.PROVEN) -> Resolution:
    """What outcomes come to; without any nothing is settled, and ``otherwise`` stands if it says so."""
    if not outcomes:
        settled = otherwise in (Resolution.PROVEN, Resolution.REFUTED, Resolution.UNKNOWN)
        return Resolution.UNAVAILABLE if settled else otherwise
    if Outcome.MISMATCH in outcomes:
        return Resolution.REFUTED
    return Resolution.UNKNOWN if Outcome.UNKNOWN in outcomes else Resolution.PROVEN
