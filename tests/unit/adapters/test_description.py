"""Tests of mapping: values that do not fit their field are refused, never guessed."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.description import Mapper, load_description
from adapters.errors import RecordError
from registry.errors import RuleError
from tests.support.sources import description

GOOD = [
    ("name", " 张三 ", "张三"), ("name", "\ue863", "\ue863"), ("name", 42, "42"), ("name", date(2020, 1, 2), "2020-01-02"),
    ("sex", "１", "male"), ("sex", 2, "female"), ("day", "20200131", "2020-01-31"),
    ("day", datetime(2020, 1, 30, 17, tzinfo=UTC), "2020-01-31"), ("amount", "1e2", "100"), ("amount", "-.5", "-0.5"),
    ("amount", Decimal("10.50"), "10.50"), ("amount", 0.1, "0.1"), ("amount", "1,234.56", "1234.56"),
    ("amount", "￥980", "980"), ("amount", "¥1,234,567", "1234567"), ("amount", "１，０００", "1000"), ("amount", "\xa0-980.50\u3000", "-980.50"),
    ("name", "\xa0张三\u3000", "张三"), ("day", "\u300020200131\xa0", "2020-01-31"),
]  # fmt: skip
BAD = [
    ("name", ["张三"]), ("name", {"a": 1}), ("name", True), ("name", b"x"), ("name", float("nan")), ("name", "a\x00"),
    ("name", "\ud83d"), ("sex", "9"), ("sex", True), ("day", "202011"), ("day", "2020111"), ("day", "20200230"),
    ("day", datetime(9999, 12, 31, 23, tzinfo=UTC)), ("amount", "1_000"), ("amount", "1E+3000"), ("amount", "NaN"),
    ("amount", Decimal("1E+400")), ("amount", "1,00"), ("amount", "1234,567"), ("amount", "1,2345"), ("amount", "98.5%"), ("amount", "980元"), ("amount", "$980"), ("amount", "0,5"),
    ("day", "2020-01-31"), ("day", "0000-00-00"), ("day", "infinity"), ("day", date.max), ("day", "99991231"),
    ("name", "#N/A"), ("name", "####"), ("name", "NULL"), ("name", "(null)"), ("name", "\\N"),  # what programs write for no value
    ("amount", "5²"), ("amount", "1234①"), ("amount", "10⒈"), ("sex", "①"), ("day", "2020013¹"),  # with a footnote's mark, or squared
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "expected"), GOOD)
def test_a_value_of_its_type_is_read(field: str, value: Any, expected: str) -> None:
    assert Mapper(description(), [field]).record([value]) == {field: expected}


@pytest.mark.parametrize(
    ("wrong", "right"), [("latin-1", "utf-8"), ("gbk", "utf-8"), ("latin-1", "gbk"), ("cp1252", "utf-8")]
)
@pytest.mark.parametrize("name", ["张三", "王芳", "诸葛"])
def test_a_name_stored_in_another_encoding_is_unreadable(name: str, wrong: str, right: str) -> None:
    stored = name.encode(right).decode(wrong, "replace")
    assert Mapper(description(), ["name"]).record([stored]) == {"name": None}


@pytest.mark.parametrize(
    "name", ["José", "Zoë Müller", "Ünal", "Ärger", "阿依努尔·买买提", "李娴", "妫娴", "“诸葛”", "Nulla", "#12"]
)
def test_a_foreign_or_rare_name_is_read_as_it_is(name: str) -> None:
    assert Mapper(description(), ["name"]).record([name]) == {"name": name}


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_value_of_another_kind_is_refused_and_never_repeated(field: str, value: Any) -> None:
    with pytest.raises(RecordError, match=f"^{field}: the source's value is not of the field's type$"):
        Mapper(description(), [field]).record([value])


def test_a_wrong_code_of_the_source_is_named_by_file_field_and_rule(tmp_path: Path) -> None:
    right = (Path(__file__).parents[3] / "adapters/datasets/tax.arrears.yaml").read_text()
    path = tmp_path / "tax.arrears.yaml"
    path.write_text(re.sub('source: "[^"]+"', 'source: "113205000000140158"', right))
    with pytest.raises(RuleError) as caught:
        load_description(path)
    said = "tax.arrears.yaml.catalogue.source: the check character, position 18, is wrong (GB 32100)"
    assert str(caught.value) == said
