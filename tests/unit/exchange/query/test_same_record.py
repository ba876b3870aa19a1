"""Tests of claims about several records: separate, or about one record by conditions."""

from pathlib import Path

import pytest
import yaml

from exchange.query.judging import judge, prepare
from registry.catalogue import Dataset, Field, FieldType, Sharing
from registry.claim_checks import check_claims
from registry.claims import Claim, Condition, Operator
from registry.identifiers import SubjectKind
from registry.outcomes import Outcome, Unknown
from registry.parsing import parse

DOCS = Path(__file__).parents[4] / "docs"
DATASET = Dataset(
    "contributions", "缴费", "Contributions", "113205000000140157", Sharing.CONDITIONAL, (SubjectKind.CITIZEN_ID,), "daily",
    (
        Field("month", "月份", "Month", FieldType.MONTH), Field("paid_on", "缴费日期", "Paid on", FieldType.DATE),
        Field("status", "状态", "Status", FieldType.CODE, codes={"paid": "已缴", "owed": "欠缴", "waived": "免缴"}),
    ),
)  # fmt: skip
JANUARY = (Condition("month", Operator.EQ, ("2026-01",)),)
PAID_IN_MARCH = Claim("paid_on", Operator.EQ, ("2026-03-05",), where=JANUARY)


def example(page: str) -> dict[str, list[dict[str, list[str]]]]:
    text = (DOCS / page).read_text(encoding="utf-8")
    found: dict[str, list[dict[str, list[str]]]] = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])
    return found


@pytest.mark.parametrize("page", ["answers.md", "answers.zh-CN.md"])
def test_the_pages_examples_are_answered_as_they_say(page: str) -> None:
    found = example(page)
    assert len(found["asked"]) == 6
    for asked in found["asked"]:
        claims = tuple(parse(Claim, item, "claim") for item in asked["claims"])
        check_claims(claims, DATASET)
        outcomes = [str(finding.outcome) for finding in judge(claims, found["records"], DATASET)]  # type: ignore[arg-type]
        assert outcomes == asked["answers"], asked


def test_both_pages_have_the_same_examples() -> None:
    assert example("answers.md") == example("answers.zh-CN.md")


def test_a_condition_that_cannot_be_read_leaves_the_same_record_unknown() -> None:
    [finding] = judge([PAID_IN_MARCH], [{"month": None, "paid_on": "2026-03-05"}], DATASET)
    assert (finding.outcome, finding.reason) == (Outcome.UNKNOWN, Unknown.VALUE_UNREADABLE)
    [finding] = judge([PAID_IN_MARCH], [{"paid_on": "2026-03-05"}], DATASET)
    assert (finding.outcome, finding.reason) == (Outcome.UNKNOWN, Unknown.NO_VALUE)


def test_none_equals_is_no_fact_while_a_record_may_be_missing() -> None:
    none = Claim("status", Operator.NE, ("owed",))
    [test] = prepare([none], DATASET)
    paid, owed = {"status": "paid"}, {"status": "owed"}
    assert test.doubtful([paid], (), Unknown.ROWS_SET_ASIDE).outcome is Outcome.UNKNOWN
    assert test.doubtful([paid, owed], (), Unknown.ROWS_SET_ASIDE).outcome is Outcome.MISMATCH
    assert judge([none], [paid], DATASET)[0].outcome is Outcome.MATCH
