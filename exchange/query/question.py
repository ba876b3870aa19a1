"""A question as the query path knows it, whether it came alone, in a chunk, or from a matter."""

from dataclasses import dataclass, field, replace

from registry.basis import MAX_TEXT, Basis
from registry.catalogue import Dataset
from registry.claim_checks import MAX_CLAIMS, check_claims, check_value, compared_field
from registry.claims import Claim, Operator, fields_of
from registry.errors import RuleError
from registry.identifiers import SubjectKind, parse_identifier
from registry.matters import Mode

MAX_SUBJECTS = 10_000


@dataclass(frozen=True, slots=True)
class Question:
    """One question about one subject or a chunk of them.

    ``values`` holds, for each subject of a chunk, what fills the claims that have no values of their own.
    ``digest`` is the hex SHA-256 of the request as it came over the wire; ``accessed_fields`` is every field that an
    answer rests on, sorted for claims.
    """

    mode: Mode
    basis: Basis
    dataset: str
    kind: SubjectKind
    identifiers: tuple[str, ...]
    claims: tuple[Claim, ...] = ()
    fields: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()
    chunk: str = ""
    digest: str = ""
    accessed_fields: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        accessed_fields = fields_of(self.claims) if self.mode is Mode.VERIFY else self.fields
        object.__setattr__(self, "accessed_fields", accessed_fields)

    @property
    def subject(self) -> str:
        """``kind:identifier`` of a single subject."""
        return f"{self.kind.value}:{self.identifiers[0]}" if len(self.identifiers) == 1 else ""


def check_question(question: Question, dataset: Dataset) -> Question:
    """The question in canonical form, after every rule of form is checked.

    Raises:
        RuleError: names the field and the rule.
    """
    if question.kind not in dataset.keys:
        raise RuleError("subject.kind", f"{dataset.id} can be asked by {', '.join(dataset.keys)}")
    if long := question.basis.too_long:
        raise RuleError(f"basis.{long}", f"at most {MAX_TEXT} characters")
    identifiers = _identifiers(question)
    if question.values:
        _check_values(question, dataset)
    elif question.mode is Mode.VERIFY:
        check_claims(question.claims, dataset)
    else:
        _check_fields(question.fields, dataset)
    return question if identifiers == question.identifiers else replace(question, identifiers=identifiers)


def values_for(question: Question, at: int) -> list[tuple[str, ...]]:
    """The values of each claim about the subject at a position."""
    own = iter(question.values[at])
    return [(next(own),) if is_open(claim) else claim.values for claim in question.claims]


def is_open(claim: Claim) -> bool:
    """Whether a chunk's subjects bring the claim's value."""
    return not claim.values and claim.operator is not Operator.EXISTS


def _identifiers(question: Question) -> tuple[str, ...]:
    given = question.identifiers
    if not 0 < len(given) <= MAX_SUBJECTS:
        raise RuleError("items", f"1 to {MAX_SUBJECTS} subjects are required")
    if len(given) == 1 and not question.chunk:
        return (parse_identifier(question.kind, given[0]),)
    found = []
    for at, identifier in enumerate(given):
        try:
            found.append(parse_identifier(question.kind, identifier))
        except RuleError as error:
            raise RuleError(f"items[{at}].identifier", error.rule) from error
    if len(set(found)) != len(found):
        raise RuleError("items", "subjects must be different from each other")
    return tuple(found)


def _check_values(question: Question, dataset: Dataset) -> None:
    """A chunk's values: as many for each subject as there are open claims, each of its field's type."""
    opened = [claim for claim in question.claims if is_open(claim)]
    for at, values in enumerate(question.values):
        if len(values) != len(opened):
            raise RuleError(f"items[{at}].values", f"{len(opened)} are required, one for each claim without values")
    filled = [
        replace(claim, values=values) for claim, values in zip(question.claims, values_for(question, 0), strict=True)
    ]
    check_claims(tuple(filled), dataset)
    fields = [compared_field(claim, dataset) for claim in opened]
    for at, values in enumerate(question.values):
        for number, (compared, value) in enumerate(zip(fields, values, strict=True)):
            check_value(compared, value, f"items[{at}].values[{number}]")


def _check_fields(fields: tuple[str, ...], dataset: Dataset) -> None:
    if not 0 < len(fields) <= MAX_CLAIMS or len(set(fields)) != len(fields):
        raise RuleError("fields", f"1 to {MAX_CLAIMS}, each once")
    for at, name in enumerate(fields):
        if dataset.field(name) is None:
            raise RuleError(f"fields[{at}]", f"no such field in {dataset.id}")
