"""Ledger entries of questions: the public facts, and the opening with personal data.

Facts contain only names on record (datasets, matters, fields of the catalogue). Free text of a request, which could
contain anything, is never in a leaf.
"""

from contextlib import suppress
from hashlib import sha256

from exchange.acts.on_record import OnRecord
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Principal, Requester, party_of
from exchange.query.access import Granted
from exchange.query.question import MAX_SUBJECTS, Question
from keys.leaf.facts import QueryFacts
from registry.errors import IdentifierError, RuleError
from registry.identifiers import SubjectKind, parse_identifier
from registry.ledger.leaf import Entry, Opening, Pseudonyms

_MAX_OPENED = 400
_MAX_FIELDS = 50


def permit_entry(
    requester: Requester, question: Question, granted: Granted, answer: str, pseudonyms: Pseudonyms
) -> Entry:
    """Return the entry of an answer, given the hex digest of its issuer-signed JWT."""
    agency, system, dataset, basis = requester.agency, requester.system, granted.dataset, question.basis
    facts = QueryFacts(
        question.mode.value, "permit", "GRANTED", agency.uscc, system.id, dataset.source, dataset.id,
        question.accessed_fields, basis.matter, len(question.identifiers), basis.legal_basis, dataset.version,
        granted.policies, granted.policy_digest, answer,
    )  # fmt: skip
    prefix = question.kind.value + ":"
    subjects = pseudonyms.of_all([prefix + identifier for identifier in question.identifiers])
    return Entry(facts, _opening(question), subjects)


def refusal_entry(
    requester: Principal | Refusal, question: Question, refusal: Refusal, on_record: OnRecord, pseudonyms: Pseudonyms
) -> Entry:
    """Return the entry of a refusal, a failure, or a call by an unknown system."""
    dataset = on_record.dataset(question.dataset)
    known = isinstance(requester, Requester)
    fields = sorted({name for name in question.accessed_fields if dataset and dataset.field(name)})
    facts = QueryFacts(
        kind=question.mode.value,
        decision=refusal.reason.decision,
        reason=refusal.reason.name,
        **party_of(requester),
        source=dataset.source if dataset else "",
        dataset=dataset.id if dataset else "",
        fields=tuple(fields[:_MAX_FIELDS]),
        matter=on_record.matter(question.basis.matter),
        subjects=len(question.identifiers),
    )
    listed = known and len(question.identifiers) <= MAX_SUBJECTS
    return Entry(facts, _opening(question), _pseudonyms(question, pseudonyms) if listed else ())


def _opening(question: Question) -> Opening:
    basis = question.basis
    subject = question.subject or sha256("\n".join(question.identifiers).encode()).hexdigest()
    return Opening(subject[:_MAX_OPENED], basis.officer[:_MAX_OPENED], basis.case[:_MAX_OPENED], question.digest)


def _pseudonyms(question: Question, pseudonyms: Pseudonyms) -> tuple[bytes, ...]:
    return pseudonyms.of_all(subject_name(question.kind, identifier) for identifier in question.identifiers)


def subject_name(kind: SubjectKind, identifier: str) -> str:
    """Return ``kind:identifier`` for pseudonyms, canonical if the identifier is well-formed."""
    with suppress(IdentifierError):
        identifier = parse_identifier(kind, identifier)
    return f"{kind.value}:{identifier}"


def is_well_formed(text: str) -> bool:
    """Return whether ``kind:identifier`` has a valid identifier.

    Raises:
        RuleError: as ``named_subject``.
    """
    named_subject(text)
    kind, _, identifier = text.partition(":")
    try:
        parse_identifier(SubjectKind(kind), identifier)
    except IdentifierError:
        return False
    return True


def named_subject(text: str) -> str:
    """Return a subject, given as in a search, in the form for pseudonyms.

    Raises:
        RuleError: the text is not kind:identifier.
    """
    kind, colon, identifier = text.partition(":")
    if not colon or kind not in list(SubjectKind):
        raise RuleError("subject", f"must be kind:identifier, where kind is one of {', '.join(SubjectKind)}")
    return subject_name(SubjectKind(kind), identifier)
