"""Conversion between exchange.v1 messages and the node's own types."""

from collections.abc import Mapping, Sequence
from typing import Any

from yici.exchange.v1 import exchange_pb2 as pb

from exchange.query.pipeline import Answered
from exchange.query.question import Question
from exchange.query.resolve import Case, Settled
from exchange.services.calls import Received
from exchange.services.wire.asking import AGGREGATES, KINDS, OPERATORS, OUTCOMES, REASONS, RESOLUTIONS, basis_of
from registry.claims import Claim, Condition, Operator
from registry.errors import RuleError
from registry.identifiers import SubjectKind
from registry.matters import Matter, Mode
from registry.outcomes import Unknown, all_plain

_REASON_NUMBERS: Mapping[Unknown | None, Any] = {None: pb.UNKNOWN_REASON_UNSPECIFIED} | dict(REASONS.numbers)


def verify_question(received: Received) -> Question:
    """Return the question of a VerifyRequest.

    Raises:
        RuleError: a kind, operator or aggregate is missing or unknown.
    """
    return _question(received, Mode.VERIFY, claims=received.message.claims)


def query_question(received: Received) -> Question:
    """Return the question of a QueryRequest.

    Raises:
        RuleError: as ``verify_question``.
    """
    return _question(received, Mode.QUERY, fields=received.message.fields)


def _question(received: Received, mode: Mode, claims: Sequence[pb.Claim] = (), fields: Sequence[str] = ()) -> Question:
    message = received.message
    return Question(
        mode,
        basis_of(message.basis),
        message.dataset,
        kind_of(message.subject.kind, "subject.kind"),
        (message.subject.identifier,),
        fields=tuple(fields),
        claims=_claims(claims),
        digest=received.digest,
    )


def batch_question(received: Received) -> Question:
    """Return the question of a VerifyBatchRequest.

    Raises:
        RuleError: as ``verify_question``.
    """
    message = received.message
    values = tuple(tuple(item.values) for item in message.items)
    return Question(
        Mode.VERIFY,
        basis_of(message.basis),
        message.dataset,
        kind_of(message.subject_kind, "subject_kind"),
        tuple(item.identifier for item in message.items),
        claims=_claims(message.claims),
        values=values if any(values) else (),
        chunk=message.chunk_id,
        digest=received.digest,
    )


def case_of(received: Received, matter: Matter) -> Case:
    """Return the case of a ResolveRequest with the matter's subjects.

    Raises:
        RuleError: as ``verify_question``.
    """
    message = received.message
    subjects = {
        role: (kind_of(message.subjects[role].kind, f"subjects.{role}.kind"), message.subjects[role].identifier)
        for role in {requirement.subject for requirement in matter.requirements} & {*message.subjects}
    }
    return Case(basis_of(message.basis), subjects, dict(message.facts), received.digest)


def answered_message(answered: Answered) -> pb.Answered:
    """Return the evidence as a message."""
    return pb.Answered(answer=answered.answer, receipt=answered.receipt)


def outcomes_of(answered: Answered) -> list[pb.Outcome]:
    """Return all outcomes, subject by subject."""
    numbers = OUTCOMES.numbers
    return [numbers[finding.outcome] for row in answered.result.outcomes for finding in row]


def reasons_of(answered: Answered) -> list[pb.UnknownReason]:
    """Return a reason for each outcome, subject by subject; empty if no outcome is unknown."""
    rows = answered.result.outcomes
    if all(map(all_plain, rows)):
        return []
    return [_REASON_NUMBERS[finding.reason] for row in rows for finding in row]


def query_response(answered: Answered) -> pb.QueryResponse:
    """Return the records as they are in the answer."""
    result = answered.result
    unreadable = result.unreadable or [()] * len(result.records)
    records = [
        pb.Record(fields=dict(record), unreadable_fields=fields)
        for record, fields in zip(result.records, unreadable, strict=True)
    ]
    incomplete = _REASON_NUMBERS[Unknown(result.incomplete) if result.incomplete else None]
    return pb.QueryResponse(answered=answered_message(answered), records=records, incomplete_reason=incomplete)


def requirement_message(settled: Settled) -> pb.Requirement:
    """Return a requirement's result as a message."""
    message = pb.Requirement(
        id=settled.requirement.id,
        proof=settled.requirement.proof,
        proof_en=settled.requirement.proof_en,
        resolution=RESOLUTIONS.numbers[settled.resolution],
        reason=settled.reason,
        reason_en=settled.reason_en,
        dataset=settled.dataset,
    )
    if settled.answered is not None:
        message.answered.CopyFrom(answered_message(settled.answered))
        message.outcomes.extend(outcomes_of(settled.answered))
        message.unknown_reasons.extend(reasons_of(settled.answered))
    return message


def kind_of(number: int, field: str) -> SubjectKind:
    """Return the kind of subject of a number.

    Raises:
        RuleError: the number is unknown.
    """
    kind = KINDS.members.get(number)
    if kind is None:
        raise RuleError(field, "a known kind of subject is required")
    return kind


def _claims(messages: Sequence[pb.Claim]) -> tuple[Claim, ...]:
    return tuple(_claim(message, f"claims[{at}]") for at, message in enumerate(messages))


def _claim(message: pb.Claim, where: str) -> Claim:
    aggregate = AGGREGATES.members.get(message.aggregate)
    if aggregate is None:
        raise RuleError(f"{where}.aggregate", "not a known aggregate")
    conditions = tuple(
        Condition(item.field, _operator(item.operator, f"{where}.where[{at}]"), tuple(item.values))
        for at, item in enumerate(message.where)
    )
    operator = _operator(message.operator, where)
    return Claim(message.field, operator, tuple(message.values), aggregate, conditions, message.last_months)


def _operator(number: int, where: str) -> Operator:
    operator = OPERATORS.members.get(number)
    if operator is None:
        raise RuleError(f"{where}.operator", "a known operator is required")
    return operator
