"""Tests of the form of questions: each broken rule is named by its field."""

from dataclasses import replace

import pytest

from exchange.acts.perform import permitted
from exchange.acts.refusals import Reason, Refusal
from exchange.query.asking import Asking
from exchange.query.entries import is_well_formed, named_subject
from exchange.query.masking import mask_records
from exchange.query.question import MAX_SUBJECTS, Question, check_question, values_for
from exchange.query.resolving import Resolving
from registry.basis import MAX_TEXT
from registry.catalogue import Dataset, Field, Mask, Sharing
from registry.claims import Claim, Operator
from registry.departures import Change, Departed, Departure
from registry.errors import RuleError
from registry.grants import by_party
from registry.identifiers import SubjectKind
from registry.matters import Mode
from tests.support.permitting import BASIS, GRANTED, ISSUER, requester, state_of
from tests.support.registers import grant

ONE, TWO = "11010519491231002X", "110105199003078887"
MASKS = {"number": Mask.NONE, "name": Mask.NAME, "phone": Mask.TAIL, "born": Mask.YEAR, "note": Mask.HIDDEN}
DATASET = Dataset(
    "d", "数据", "Data", ISSUER, Sharing.CONDITIONAL, (SubjectKind.CITIZEN_ID,), "日",
    tuple(Field(name, name, name, mask=mask) for name, mask in MASKS.items()),
)  # fmt: skip
SAID = Claim("number", Operator.EQ, ("1",))
ASKED = Question(Mode.VERIFY, BASIS, "d", SubjectKind.CITIZEN_ID, (ONE,), claims=(SAID,))
OPEN = replace(
    ASKED, identifiers=(ONE, TWO), claims=(replace(SAID, values=()), SAID), values=(("1",), ("2",)), chunk="1"
)
QUERY = replace(ASKED, mode=Mode.QUERY, claims=(), fields=("number",))
BROKEN: dict[str, tuple[Question, str]] = {
    "another kind of subject": (replace(ASKED, kind=SubjectKind.USCC), "subject.kind"),
    "a basis too long": (replace(ASKED, basis=replace(BASIS, case="长" * (MAX_TEXT + 1))), "basis.case_number"),
    "no subject": (replace(ASKED, identifiers=()), "items"),
    "too many subjects": (replace(ASKED, identifiers=(ONE,) * (MAX_SUBJECTS + 1)), "items"),
    "a subject twice": (replace(ASKED, identifiers=(ONE, ONE)), "items"),
    "a bad identifier": (replace(ASKED, identifiers=(ONE, "1")), "items[1].identifier"),
    "too few values": (replace(OPEN, values=(("1",), ())), "items[1].values"),
    "a value too long": (replace(OPEN, values=(("1",), ("长" * 2000,))), "items[1].values[0]"),
    "a field twice": (replace(QUERY, fields=("number", "number")), "fields"),
    "no field": (replace(QUERY, fields=()), "fields"),
    "an unknown field": (replace(QUERY, fields=("colour",)), "fields[0]"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_question_that_breaks_a_rule_of_form_is_refused_by_field(case: str) -> None:
    question, field = BROKEN[case]
    with pytest.raises(RuleError) as broken:
        check_question(question, DATASET)
    assert broken.value.field == field
    refused = permitted(state_of(datasets={"d": DATASET}), requester(GRANTED), Asking(question))
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.field) == (Reason.INVALID_REQUEST, field)


def test_a_chunk_has_a_value_of_each_subject_for_each_open_claim() -> None:
    assert check_question(OPEN, DATASET) == OPEN
    assert [values_for(OPEN, at) for at in range(2)] == [[("1",), ("1",)], [("2",), ("1",)]]


def departing(register: str, item: str, *about: str) -> Departed:
    return Departed.of([Departure(register, item, Change.CHANGED, 1, frozenset(about))])


@pytest.mark.parametrize(
    ("question", "registers", "reason"),
    [
        (replace(ASKED, basis=replace(BASIS, officer="")), {}, Reason.BASIS_MISSING),
        (ASKED, {"datasets": {}}, Reason.DATASET_UNKNOWN),
        (replace(ASKED, dataset="license.x"), {}, Reason.LICENSE_TYPE_UNKNOWN),
        (ASKED, {"datasets": {}, "departed": departing("dataset", "d")}, Reason.LEDGER_DISAGREES),
        (ASKED, {"departed": departing("matter", "m")}, Reason.LEDGER_DISAGREES),
        (ASKED, {"departed": departing("grant", "g", GRANTED, "d")}, Reason.LEDGER_DISAGREES),
        (ASKED, {}, Reason.NO_GRANT),
        (ASKED, {"grants": by_party([grant(agency=GRANTED, matters=("other",))])}, Reason.MATTER_NOT_GRANTED),
    ],
)
def test_a_question_that_is_not_permitted_says_why(
    question: Question, registers: dict[str, object], reason: Reason
) -> None:
    state = state_of(**{"datasets": {"d": DATASET}, **registers})  # type: ignore[arg-type]
    refused = permitted(state, requester(GRANTED), Asking(question))
    assert isinstance(refused, Refusal)
    assert refused.reason is reason


@pytest.mark.parametrize(
    ("matter", "reason"), [("", Reason.BASIS_MISSING), ("unknown", Reason.MATTER_UNKNOWN), ("m", None)]
)
def test_a_matter_is_resolved_if_it_is_on_record(matter: str, reason: Reason | None) -> None:
    act = Resolving(replace(ASKED, basis=replace(BASIS, matter=matter)))
    found = permitted(state_of(), requester(GRANTED), act)
    assert (found.reason if isinstance(found, Refusal) else None) is reason
    assert act.refusal_of(ZeroDivisionError()).reason is Reason.INTERNAL


@pytest.mark.parametrize(
    ("text", "named", "well_formed"),
    [
        (f"citizen_id:{ONE.lower()}", f"citizen_id:{ONE}", True),
        ("citizen_id:1", "citizen_id:1", False),
    ],
)
def test_a_subject_is_named_as_pseudonyms_are_made(text: str, named: str, well_formed: bool) -> None:  # noqa: FBT001
    assert (named_subject(text), is_well_formed(text)) == (named, well_formed)


@pytest.mark.parametrize("text", ["", "1", "nothing:1"])
def test_a_subject_without_its_kind_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="subject"):
        named_subject(text)


def test_fields_are_masked_by_the_catalogue_unless_given_in_clear() -> None:
    record = {"number": "1", "name": "张三丰", "phone": "13912345678", "born": "1990-03-07", "note": "x"}
    [masked] = mask_records([record], tuple(MASKS), frozenset(), DATASET)
    assert masked == {"number": "1", "name": "张**", "phone": "****5678", "born": "1990-**-**", "note": "***"}
    assert mask_records([record], ("phone",), frozenset({"phone"}), DATASET) == [{"phone": "13912345678"}]
    assert mask_records([{"phone": "139"}], ("phone",), frozenset(), DATASET) == [{"phone": "****"}]
