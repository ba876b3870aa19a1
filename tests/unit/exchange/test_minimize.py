"""Claims are answered from the records that meet their conditions, and from no others."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.source import Record
from exchange.minimize import Outcome, judge, prepare
from registry.catalogue import Dataset, Field, FieldType, Sharing
from registry.china import CHINA
from registry.claims import Aggregate, Claim, Condition, Operator, check_claims
from registry.errors import RuleError
from registry.identifiers import SubjectKind

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
    return judge([claim], records, DATASET)[0]


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


def test_names_are_compared_without_regard_to_width_spaces_and_dots() -> None:
    records = [{"name": "阿依古丽•买买提 "}]
    assert _one(Claim("name", Operator.EQ, ("阿依古丽·买买提",)), records) is MATCH
    assert _one(Claim("name", Operator.IN, ("ＡＢ", "阿依古丽‧买买提")), records) is MATCH


def test_every_condition_must_hold_and_a_record_without_its_field_does_not_meet_it() -> None:
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


def test_a_prepared_claim_takes_each_subject_s_own_value() -> None:
    [test] = prepare([Claim("name", Operator.EQ)], DATASET)
    assert [test([{"name": "张三"}], (name,)) for name in ("张三", "李四")] == [MATCH, MISMATCH]
