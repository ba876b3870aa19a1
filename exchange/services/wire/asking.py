"""Messages of ``yici.exchange.v1`` that are parts of requests."""

from yici.exchange.v1 import exchange_pb2 as pb

from exchange.services.wire.tables import EnumTable
from registry.basis import Basis
from registry.claims import Aggregate, Claim, Operator
from registry.identifiers import SubjectKind
from registry.outcomes import Outcome, Resolution, Unknown

KINDS = EnumTable.of(pb.SubjectKind, "SUBJECT_KIND", SubjectKind)
OPERATORS = EnumTable.of(pb.Operator, "OPERATOR", Operator)
AGGREGATES = EnumTable.of(
    pb.Aggregate, "AGGREGATE", (Aggregate.COUNT, Aggregate.SUM, Aggregate.MONTHS), unspecified=Aggregate.ANY
)
OUTCOMES = EnumTable.of(pb.Outcome, "OUTCOME", Outcome)
REASONS = EnumTable.of(pb.UnknownReason, "UNKNOWN_REASON", Unknown)
RESOLUTIONS = EnumTable.of(pb.Resolution, "RESOLUTION", Resolution)


def basis_message(basis: Basis) -> pb.Basis:
    """Return a basis as a message."""
    return pb.Basis(matter=basis.matter, case_number=basis.case, legal_basis=basis.legal_basis, officer=basis.officer)


def basis_of(message: pb.Basis) -> Basis:
    """Return the basis of a request."""
    return Basis(message.matter, message.case_number, message.legal_basis, message.officer)


def subject_message(kind: SubjectKind, identifier: str) -> pb.Subject:
    """Return a subject as a message."""
    return pb.Subject(kind=KINDS.numbers[kind], identifier=identifier)


def claim_message(claim: Claim) -> pb.Claim:
    """Return a claim as a message."""
    return pb.Claim(
        field=claim.field,
        operator=OPERATORS.numbers[claim.operator],
        values=claim.values,
        aggregate=AGGREGATES.numbers[claim.aggregate],
        where=[
            pb.Condition(field=item.field, operator=OPERATORS.numbers[item.operator], values=item.values)
            for item in claim.where
        ],
        last_months=claim.last_months,
    )
