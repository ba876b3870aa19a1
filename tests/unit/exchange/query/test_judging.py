"""Tests of judging: a claim depends only on the records that meet its conditions."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.source import Record
from exchange.query.judging import judge, prepare
from registry.catalogue import Dataset, Field, FieldType, Sharing
from registry.china import CHINA
from registry.claim_checks import check_claims
from registry.claims import Aggregate, Claim, Condition, Operator
from registry.errors import RuleError
from registry.identifiers import SubjectKind
from registry.outcomes import Finding, Outcome, Unknown

_CODES = {"paid": "已缴", "owed": "欠缴"}
DATASET = Dataset(
    "d", "d", "d", "113205000000140157", Sharing.CONDITIONAL, (SubjectKind.CITIZEN_ID,), "daily",
    (
        Field("name", "n", "n"),
        Field("month", "m", "m", FieldType.MONTH),
        Field("amount", "a", "a", FieldType.DECIMAL),
        Field("status", "s", "s", FieldType.CODE, codes=_CODES),
    ),
)  # fmt: skip
PAID = (Condition("status", Operator.EQ, ("paid",)),)
MATCH, MISMATCH, UNKNOWN = Outcome.MATCH, Outcome.MISMATCH, Outcome.UNKNOWN


def _one(claim: Claim, records: Sequence[Record]) -> Outcome:
    return judge([claim], records, DATASET)[0].outcome


def _asked(claim: Claim, records: Sequence[Record], incomplete: str = "") -> Finding:
    [test] = prepare([claim], DATASET)
    return test.doubtful(records, (), incomplete)


def _months_ago(count: int) -> str:
    today = datetime.now(CHINA)
    year, month = divmod(today.year * 12 + today.month - 1 - count, 12)
    return f"{year:04}-{month + 1:02}"


def test_a_claim_without_records_is_unknown_but_existence_is_denied() -> None:
    assert _one(Claim("name", Operator.EQ, ("张三",)), []) is UNKNOWN
    assert _one(Claim("name", Operator.EXISTS), []) is MISMATCH
    assert _one(Claim("name", Operator.EXISTS), [{"name": "张三"}]) is MATCH


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        (Operator.EQ, "10.00", MATCH), (Operator.NE, "10", MISMATCH), (Operator.LT, "10", MISMATCH),
        (Operator.LE, "10", MATCH), (Operator.GT, "9.99", MATCH), (Operator.GE, "10.01", MISMATCH),
    ],
)  # fmt: skip
def test_numbers_are_compared_as_numbers(operator: Operator, value: str, expected: Outcome) -> None:
    assert _one(Claim("amount", operator, (value,)), [{"amount": "10"}]) is expected


def test_of_several_records_one_is_enough_but_none_may_be_equal() -> None:
    records = [{"name": "张三"}, {"name": "李四"}]
    assert _one(Claim("name", Operator.EQ, ("李四",)), records) is MATCH
    assert _one(Claim("name", Operator.IN, ("王五", "张三")), records) is MATCH
    assert _one(Claim("name", Operator.NE, ("李四",)), records) is MISMATCH
    assert _one(Claim("name", Operator.NE, ("王五",)), records) is MATCH


@pytest.mark.parametrize(
    ("operator", "said", "rules"),
    [
        (Operator.EQ, ("阿依古丽·买买提",), ("dot",)), (Operator.IN, ("ＡＢ", "阿依古丽．买\u200b买提"), ("invisible", "width", "dot")),
        (Operator.EQ, ("阿依古丽•买买提",), ()), (Operator.IN, ("阿依古丽·买买提", "阿依古丽•买买提"), ()),
    ],
)  # fmt: skip
def test_a_match_of_names_says_the_rules_that_it_took(
    operator: Operator, said: tuple[str, ...], rules: tuple[str, ...]
) -> None:
    records, by = [{"name": "王五"}, {"name": "阿依古丽•买买提"}], {"name": rules} if rules else {}
    assert judge([Claim("name", operator, said)], records, DATASET) == [Finding(Outcome.MATCH, equal_after=by)]
    [test] = prepare([Claim("name", operator, said)], DATASET)
    assert test.doubtful(records, (), "KEYS_UNREACHABLE").equal_after == by


def test_a_mismatch_because_names_are_equal_says_by_which_rules() -> None:
    records = [{"name": "王五"}, {"name": "阿依古丽•买买提"}]
    [found] = judge([Claim("name", Operator.NE, ("阿依古丽·买买提",))], records, DATASET)
    assert found == Finding(Outcome.MISMATCH, equal_after={"name": ("dot",)})
    assert judge([Claim("name", Operator.NE, ("李四",))], records, DATASET) == [Finding(Outcome.MATCH)]
    assert judge([Claim("name", Operator.NE, ("王五",))], records, DATASET) == [Finding(Outcome.MISMATCH)]


@pytest.mark.parametrize("incomplete", ["", "KEYS_UNREACHABLE"])
@pytest.mark.parametrize(("operator", "expected"), [(Operator.EQ, Outcome.MATCH), (Operator.NE, Outcome.MISMATCH)])
def test_the_finding_names_the_field_and_rule_that_a_condition_needed(
    operator: Operator, expected: Outcome, incomplete: str
) -> None:
    where = (Condition("name", Operator.EQ, ("ＡＢ·Ｃ",)),)
    records = [{"name": "ab•c", "amount": "10"}, {"name": "王五"}]
    [test] = prepare([Claim("amount", operator, ("10",), where=where)], DATASET)
    assert test.doubtful(records, (), incomplete) == Finding(expected, equal_after={"name": ("width", "dot", "case")})
    [test] = prepare([Claim("amount", operator, ("10",), where=(Condition("name", Operator.EQ, ("ab•c",)),))], DATASET)
    assert test.doubtful(records, (), incomplete) == Finding(expected)


def test_a_private_use_character_of_gbk_equals_its_character() -> None:
    [found] = judge([Claim("name", Operator.EQ, ("䶮",))], [{"name": "\ue863"}], DATASET)
    assert found == Finding(Outcome.MATCH, equal_after={"name": ("gbk",)})


def test_a_record_must_have_the_field_of_every_condition_and_meet_it() -> None:
    records = [
        {"amount": "1", "status": "paid", "name": "甲"}, {"amount": "2", "status": "owed", "name": "甲"},
        {"amount": "4", "status": "paid", "name": "乙"}, {"amount": "8"},
    ]  # fmt: skip
    both = (*PAID, Condition("name", Operator.IN, ("甲",)))
    any_status = (Condition("status", Operator.EXISTS),)
    for where, total in ((PAID, "5"), (both, "1"), (any_status, "7"), ((), "15")):
        assert _one(Claim("amount", Operator.EQ, (total,), Aggregate.SUM, where), records) is MATCH
        assert _one(Claim("amount", Operator.NE, (total,), Aggregate.SUM, where), records) is MISMATCH


@given(st.lists(st.integers(0, 30), max_size=20), st.integers(1, 24))
def test_months_paid_counts_different_months_of_the_window_that_ends_now(ago: list[int], last: int) -> None:
    records = [{"month": _months_ago(count), "status": "paid"} for count in ago]
    records.append({"month": _months_ago(0), "status": "owed"})
    expected = len({count for count in ago if count < last})
    claim = Claim("month", Operator.EQ, (str(expected),), Aggregate.MONTHS, PAID, last)
    assert _one(claim, records) is MATCH


def test_months_to_come_do_not_count() -> None:
    records = [{"month": _months_ago(-1)}, {"month": _months_ago(0)}]
    assert _one(Claim("month", Operator.EQ, ("1",), Aggregate.MONTHS, (), 12), records) is MATCH
    assert _one(Claim("month", Operator.EQ, ("2",), Aggregate.MONTHS), records) is MATCH


@pytest.mark.parametrize("aggregate", [Aggregate.COUNT, Aggregate.SUM, Aggregate.MONTHS])
def test_existence_is_not_asked_of_an_aggregate_which_always_exists(aggregate: Aggregate) -> None:
    field = {Aggregate.SUM: "amount", Aggregate.MONTHS: "month"}.get(aggregate, "name")
    with pytest.raises(RuleError, match="EXISTS goes with no aggregate"):
        check_claims((Claim(field, Operator.EXISTS, (), aggregate),), DATASET)


def test_a_code_that_the_field_lacks_is_refused_with_those_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = (Claim("status", Operator.EQ, ("late",)),)
    with pytest.raises(RuleError, match=r"^claims\[0\]\.values\[0\]: one of paid, owed$"):
        check_claims(asked, DATASET)
    monkeypatch.setattr("registry.claim_checks._MAX_NAMED", 1)
    with pytest.raises(RuleError, match=r"one of paid, …$"):
        check_claims(asked, DATASET)


def test_a_prepared_claim_takes_each_subject_s_own_value() -> None:
    [test] = prepare([Claim("name", Operator.EQ)], DATASET)
    assert [test.clear([{"name": "张三"}], (name,)).outcome for name in ("张三", "李四")] == [MATCH, MISMATCH]


@pytest.mark.parametrize(
    ("claim", "records", "reason"),
    [
        (Claim("name", Operator.EQ, ("张三",)), [], Unknown.NO_RECORD),
        (Claim("name", Operator.EQ, ("张三",)), [{"amount": "1"}], Unknown.NO_VALUE),
        (Claim("amount", Operator.EQ, ("1",), where=PAID), [{"amount": "1", "status": "owed"}], Unknown.NO_VALUE),
        (Claim("name", Operator.EQ, ("张三",)), [{"name": None}], Unknown.VALUE_UNREADABLE),
        (Claim("name", Operator.NE, ("张三",)), [{"name": "李四"}, {"name": None}], Unknown.VALUE_UNREADABLE),
        (Claim("amount", Operator.EQ, ("1",), where=PAID), [{"amount": "1", "status": None}], Unknown.VALUE_UNREADABLE),
    ],
)
def test_undecided_claims_are_unknown_with_their_reason(
    claim: Claim, records: Sequence[Record], reason: Unknown
) -> None:
    assert _asked(claim, records) == Finding(UNKNOWN, reason)


def _count(operator: Operator, said: str) -> Claim:
    return Claim("amount", operator, (said,), Aggregate.COUNT)


_TWO: list[Record] = [{"amount": "1"}, {"amount": "2"}]


@pytest.mark.parametrize(
    ("claim", "records", "outcome"),
    [
        (Claim("name", Operator.EQ, ("张三",)), [], UNKNOWN),
        (Claim("name", Operator.EXISTS), [], UNKNOWN),
        (Claim("name", Operator.EXISTS), [{"name": "张三"}], MATCH),
        (Claim("name", Operator.EQ, ("张三",)), [{"name": "张三"}], MATCH),
        (Claim("name", Operator.EQ, ("张三",)), [{"name": "李四"}], UNKNOWN),
        (Claim("name", Operator.NE, ("张三",)), [{"name": "李四"}], UNKNOWN),
        (Claim("name", Operator.NE, ("张三",)), [{"name": "张三"}], MISMATCH),
        (Claim("name", Operator.NE, ("张三",)), [], UNKNOWN),
        (Claim("amount", Operator.EQ, ("3",), Aggregate.SUM), _TWO, UNKNOWN),
        (_count(Operator.EQ, "0"), [], UNKNOWN),
        (_count(Operator.GE, "2"), _TWO, MATCH), (_count(Operator.GE, "3"), _TWO, UNKNOWN),
        (_count(Operator.LE, "1"), _TWO, MISMATCH), (_count(Operator.LE, "2"), _TWO, UNKNOWN),
        (_count(Operator.EQ, "1"), _TWO, MISMATCH), (_count(Operator.EQ, "2"), _TWO, UNKNOWN),
        (_count(Operator.NE, "1"), _TWO, MATCH), (_count(Operator.NE, "2"), _TWO, UNKNOWN),
        (Claim("month", Operator.GE, ("1",), Aggregate.MONTHS), [{"month": "2020-01"}], MATCH),
        (Claim("month", Operator.LE, ("1",), Aggregate.MONTHS), [{"month": "2020-01"}], UNKNOWN),
    ],
)  # fmt: skip
def test_with_one_more_possible_record_only_unaffected_claims_are_decided(
    claim: Claim, records: Sequence[Record], outcome: Outcome
) -> None:
    reason = Unknown.KEYS_UNREACHABLE if outcome is UNKNOWN else None
    assert _asked(claim, records, "KEYS_UNREACHABLE") == Finding(outcome, reason)


_NAMES, _MONTHS, _AMOUNTS = ("张三", "李四"), ("2020-01", "2020-02"), ("1", "-2", "3.50")
_records = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from(_NAMES), "month": st.sampled_from(_MONTHS), "amount": st.sampled_from(_AMOUNTS),
            "status": st.sampled_from(sorted(_CODES)),
        },
    ),
    max_size=4,
)  # fmt: skip
_wheres = st.sampled_from([(), PAID, (*PAID, Condition("name", Operator.NE, ("张三",)))])
_ORDER = (Operator.EQ, Operator.NE, Operator.LT, Operator.LE, Operator.GT, Operator.GE)
_claims = st.one_of(
    st.builds(Claim, st.just("name"), st.sampled_from((Operator.EQ, Operator.NE)), st.tuples(st.sampled_from(_NAMES)),
              where=_wheres),
    st.builds(Claim, st.just("name"), st.just(Operator.IN), st.just(_NAMES), where=_wheres),
    st.builds(Claim, st.sampled_from(("name", "amount")), st.just(Operator.EXISTS), where=_wheres),
    st.builds(Claim, st.just("amount"), st.sampled_from(_ORDER), st.tuples(st.sampled_from(_AMOUNTS)),
              st.sampled_from((Aggregate.ANY, Aggregate.SUM)), _wheres),
    st.builds(Claim, st.just("month"), st.sampled_from(_ORDER), st.tuples(st.sampled_from("0123")),
              st.sampled_from((Aggregate.COUNT, Aggregate.MONTHS)), _wheres),
)  # fmt: skip


@given(_claims, _records, st.data())
def test_an_outcome_of_damaged_records_is_that_of_the_truth_or_unknown(
    claim: Claim, truth: list[Record], data: st.DataObject
) -> None:
    hidden = data.draw(st.sets(st.integers(0, 3)))
    damaged = [dict(record) for at, record in enumerate(truth) if at not in hidden]
    for record in damaged:
        for name in data.draw(st.sets(st.sampled_from(sorted(record)))) if record else ():
            record[name] = None  # type: ignore[assignment]
    found = _asked(claim, damaged, "KEYS_UNREACHABLE" if len(damaged) < len(truth) else "")
    if found.outcome is UNKNOWN and found.reason and not found.reason.is_fact:
        return
    assert found.outcome is _asked(claim, truth).outcome
