"""Resolve: answers all requirements of a matter for one case, each with its own evidence."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from exchange.acts.call import Call
from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.query.pipeline import Answered, Exchange
from exchange.query.question import Question
from registry.basis import MAX_TEXT, Basis
from registry.claim_checks import check_claims
from registry.claims import Claim, Condition
from registry.errors import RuleError
from registry.identifiers import SubjectKind, parse_identifier
from registry.matters import Matter, Mode, Option, Requirement
from registry.outcomes import Resolution, resolution_of, why_unknown
from registry.register import Register

_FACT = re.compile(r"\{([a-z_]+)\}")


_TELLING = (Resolution.PROVEN, Resolution.REFUTED, Resolution.UNKNOWN, Resolution.UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Settled:
    """A requirement's result; ``reason`` if neither proven nor refuted; ``dataset`` gave the result."""

    requirement: Requirement
    resolution: Resolution
    reason: str = ""
    answered: Answered | None = None
    dataset: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the dataset may prove it later: the result is a doubt, or there is no answer."""
        if self.answered is None or self.resolution is not Resolution.UNKNOWN:
            return self.resolution is Resolution.UNAVAILABLE
        return not any(item.reason and item.reason.is_fact for item in self.answered.result.outcomes[0])

    @property
    def reason_en(self) -> str:
        """The reason in English, except for the register's own texts."""
        own = self.resolution is Resolution.APPLICANT_MUST_SUPPLY and self.requirement.how_en
        return own or self.reason


@dataclass(frozen=True, slots=True)
class Case:
    """A case of a matter: its basis (the matter has the legal bases), subjects by role, facts by name."""

    basis: Basis
    subjects: Mapping[str, tuple[SubjectKind, str]]
    facts: Mapping[str, str]
    digest: str = ""


async def resolve(
    exchange: Exchange, call: Call, register: Register, matter: Matter, case: Case
) -> list[Settled] | Refusal:
    """Resolve all requirements concurrently; each question takes the query path and is recorded."""
    if refusal := _unfit(matter, case):
        return refusal
    plan: list[list[Question]] = []
    for requirement in matter.requirements:
        try:
            plan.append([_question(requirement, option, case, register) for option in requirement.options])
        except RuleError as error:
            return invalid(error)
    if not any(plan):
        return Refusal(
            Reason.INVALID_REQUEST, f"basis.matter: {matter.id} has nothing that data can settle", "basis.matter"
        )
    ends = time.monotonic() + call.seconds
    work = [
        _settle(exchange, call, requirement, questions, ends)
        for requirement, questions in zip(matter.requirements, plan, strict=True)
    ]
    return await asyncio.gather(*work)


async def _settle(
    exchange: Exchange, call: Call, requirement: Requirement, questions: Sequence[Question], ends: float
) -> Settled:
    """Ask in order until an answer proves the requirement; otherwise return the most informative result.

    The refutation by one dataset is not final while an alternative dataset is in doubt.
    """
    if not questions:
        return Settled(requirement, Resolution.APPLICANT_MUST_SUPPLY, requirement.how)
    found: list[Settled] = []
    for at, question in enumerate(questions):
        # Each question leaves time for the alternatives after it.
        seconds = (ends - time.monotonic()) / (len(questions) - at)
        found.append(_settled(requirement, question, await exchange.ask(call.within(seconds), question)))
        if found[-1].resolution is Resolution.PROVEN:
            return found[-1]
    return min([item for item in found if item.is_open] or found, key=lambda item: _TELLING.index(item.resolution))


def _unfit(matter: Matter, case: Case) -> Refusal | None:
    """Return what is wrong with a case as a whole: its basis, or a missing or invalid subject."""
    basis = case.basis.with_legal_basis("by requirement")
    if missing := basis.missing:
        return Refusal(Reason.BASIS_MISSING, f"basis.{missing}: no question without a basis", f"basis.{missing}")
    try:
        if long := basis.too_long:
            raise RuleError(f"basis.{long}", f"at most {MAX_TEXT} characters")
        for role in {requirement.subject for requirement in matter.requirements if requirement.options}:
            if role not in case.subjects:
                raise RuleError(f"subjects.{role}", "the matter needs this subject")
            _check_subject(role, *case.subjects[role])
    except RuleError as error:
        return invalid(error)
    return None


def _check_subject(role: str, kind: SubjectKind, identifier: str) -> None:
    try:
        parse_identifier(kind, identifier)
    except RuleError as error:
        raise RuleError(f"subjects.{role}.identifier", error.rule) from error


def _question(requirement: Requirement, option: Option, case: Case, register: Register) -> Question:
    """Return the question that may settle a requirement.

    Raises:
        RuleError: a fact is missing, or is not valid in a query of the dataset.
    """
    claims = tuple(_filled(claim, case.facts) for claim in option.claims)
    dataset = register.datasets.get(option.dataset)
    fresh = tuple(claim for claim, own in zip(claims, option.claims, strict=True) if claim is not own)
    if dataset and fresh:
        try:
            check_claims(fresh, dataset)
        except RuleError as error:
            raise RuleError("facts", f"what {dataset.id} is asked with: {error.rule}") from error
    kind, identifier = case.subjects[requirement.subject]
    basis = case.basis.with_legal_basis(requirement.legal_basis)
    return Question(Mode.VERIFY, basis, option.dataset, kind, (identifier,), claims=claims, digest=case.digest)


def _filled(claim: Claim, facts: Mapping[str, str]) -> Claim:
    """Return a claim with facts in place of their names; the claim itself if it has none."""
    parts: tuple[Claim | Condition, ...] = (claim, *claim.where)
    if not any("{" in value for part in parts for value in part.values):
        return claim
    conditions = tuple(replace(condition, values=_with_facts(condition.values, facts)) for condition in claim.where)
    return replace(claim, values=_with_facts(claim.values, facts), where=conditions)


def _with_facts(values: tuple[str, ...], facts: Mapping[str, str]) -> tuple[str, ...]:
    filled = []
    for value in values:
        fact = _FACT.fullmatch(value)
        if fact and fact[1] not in facts:
            raise RuleError(f"facts.{fact[1]}", "the matter needs this fact")
        filled.append(facts[fact[1]] if fact else value)
    return tuple(filled)


def _settled(requirement: Requirement, question: Question, outcome: Answered | Refusal) -> Settled:
    if isinstance(outcome, Refusal):
        reason = f"{outcome.reason.name}: {outcome.detail}"
        return Settled(requirement, Resolution.UNAVAILABLE, reason, dataset=question.dataset)
    findings = outcome.result.outcomes[0]
    resolution = resolution_of([item.outcome for item in findings])
    reason = why_unknown(findings) if resolution is Resolution.UNKNOWN else ""
    return Settled(requirement, resolution, reason, outcome, question.dataset)
