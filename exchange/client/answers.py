"""Contents of verified answers, and checks that they match the request."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from exchange.client.proven import Chunk, ChunkVerified, Proof, Queried, Subject
from exchange.errors import ExchangeError
from registry.claims import Claim
from registry.identifiers import SubjectKind, parse_identifier
from registry.outcomes import Finding, Outcome, Unknown

_SAID: dict[str, Outcome] = {item.value: item for item in Outcome}
T = TypeVar("T")


def findings_of(proof: Proof) -> tuple[Finding, ...]:
    """Return the finding about each claim."""
    return tuple(
        _finding(item["result"], item.get("reason"), item.get("equal_after", {}))
        for item in proof.checked.answer["results"]
    )


def _more(subject: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return the detailed findings about a subject of a chunk."""
    parts = (subject["results"], subject["reasons"], subject["equal_after"])
    return tuple(_finding(*part) for part in zip(*parts, strict=True))


def _finding(result: str, reason: str | None, equal_after: Mapping[str, Sequence[str]]) -> Finding:
    rules = {name: tuple(found) for name, found in dict(equal_after).items()}
    return Finding(_SAID[result], Unknown(reason) if reason else None, rules)


def require_about(proof: Proof, subjects: Sequence[Subject]) -> None:
    """Check that an answer is about one of these subjects.

    Raises:
        ExchangeError: it is about another subject.
    """
    said = proof.checked.answer.get("subject")
    about = (said.get("kind"), said.get("identifier")) if isinstance(said, Mapping) else None
    asked = as_asked("subject", lambda: [(one.kind, parse_identifier(one.kind, one.identifier)) for one in subjects])
    if about not in asked:
        raise not_as_asked("subject")


def is_about(said: Mapping[str, Any], claim: Claim) -> bool:
    """Return whether a sealed result is about this claim."""
    where = [{"field": one.field, "operator": one.operator, "values": list(one.values)} for one in claim.where]
    asked = (claim.field, claim.operator, claim.aggregate, claim.last_months, where, list(claim.values))
    return asked == (
        said.get("field"), said.get("operator"), said.get("aggregate", "ANY"), said.get("last_months", 0),
        said.get("where", []), said.get("values"),
    )  # fmt: skip


def queried_of(proof: Proof) -> Queried:
    """Return the records of an answer."""
    answer = proof.checked.answer
    incomplete = Unknown(answer["incomplete"]) if "incomplete" in answer else None
    return Queried(
        tuple(map(dict, answer["records"])), proof, incomplete, tuple(map(tuple, answer.get("unreadable", ())))
    )


def as_asked(field: str, read: Callable[[], T]) -> T:
    """Return what ``read`` gets from a field of the answer.

    Raises:
        ExchangeError: the field is missing or invalid in this kind of answer.
    """
    try:
        return read()
    except (KeyError, TypeError, ValueError) as error:
        raise not_as_asked(field) from error


def not_as_asked(field: str) -> ExchangeError:
    """Return the error about evidence of another object than requested."""
    return ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", f"{field}: sealed, but not to what was asked")


def chunk_of(proof: Proof, kind: SubjectKind, chunk: Chunk, claims: int) -> ChunkVerified:
    """Return the contents of an answer about a chunk.

    Raises:
        ExchangeError: it is not about the subjects and claims of the chunk.
    """
    subjects = proof.checked.answer.get("subjects", ())
    sealed: list[tuple[str, tuple[Outcome, ...]]] = as_asked(
        "subjects",
        lambda: [(subject["identifier"], tuple(map(_SAID.__getitem__, subject["results"]))) for subject in subjects],
    )
    asked = as_asked("subjects", lambda: [parse_identifier(kind, item) for item in chunk.identifiers])
    if [identifier for identifier, _ in sealed] != asked or any(len(found) != claims for _, found in sealed):
        raise not_as_asked("subjects")
    # By the caller's own spelling, which may have a lower-case x or full-width digits.
    outcomes = dict(zip(chunk.identifiers, [found for _, found in sealed], strict=True))
    spoken = list(zip(chunk.identifiers, subjects, strict=True))
    more = as_asked("reasons", lambda: {key: _more(item) for key, item in spoken if "reasons" in item})
    return ChunkVerified(chunk.id, outcomes, proof, findings=more)
