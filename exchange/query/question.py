"""Questions in the query path, whether single, in a chunk, or of a matter."""

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
    """A question about one subject or a chunk of subjects.

    ``values`` has, for each subject of a chunk, the values of the claims that have none of their own. ``digest`` is the
    hex SHA-256 of the request as received; ``accessed_fields`` are all fields on which an answer is based, sorted for
    claims.
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
        """``kind:identifier`` of the subject of a single question."""
        return f"{self.kind.value}:{self.identifiers[0]}" if len(self.identifiers) == 1 else ""


def check_question(question: Question, dataset: Dataset) -> Question:
    """Check every rule of form, and return the question in canonical form.

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
    """Return the values of each claim about the subject at a position."""
    own = iter(question.values[at])
    return [(next(own),) if is_open(claim) else claim.values for claim in question.claims]


def is_open(claim: Claim) -> bool:
    """Return whether each subject of a chunk has its own value for the claim."""
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
    """Check that a chunk has a value of the right type for each subject and open claim."""
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
