"""Tests of columns: ambiguous descriptions are refused when they are read."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.columns import Column
from adapters.description import Mapper
from registry.errors import RuleError
from registry.parsing import parse
from tests.support.sources import description


def described(field: str, **settings: Any) -> Any:
    shape = description()
    return replace(shape, fields=dict(shape.fields) | {field: parse(Column, {"column": "C", **settings}, "test")})


@pytest.mark.parametrize(
    ("field", "settings", "rule"),
    [
        ("day", {"format": "%y%m%d"}, "pivot: two-digit years"),
        ("day", {"format": "%Y%m%d", "pivot": 30}, "pivot: two-digit years"),
        ("day", {"format": "%y%m%d", "pivot": 130}, "pivot: two-digit years"),
        ("day", {"format": ["%Y%m%d", "%Y"]}, "format: needs one kind of year"),
        ("day", {"format": "%d %b %Y"}, "format: takes each of"),
        ("day", {"format": "%G-W%V-%u"}, "format: takes each of"),
        ("day", {"format": "unix"}, "format: needs one kind of year"),
        ("day", {"born": True, "no_end": ["长期"]}, "born: is for dates"),
        ("day", {"percent": True}, "percent: is for decimals"),
        ("name", {"format": "%Y"}, "are for dates and months"),
        ("amount", {"no_end": [""]}, "are for dates and months"),
    ],
)
def test_a_setting_that_says_too_little_is_refused(field: str, settings: dict[str, Any], rule: str) -> None:
    with pytest.raises(RuleError, match=rule):
        described(field, **settings)


def test_blank_is_no_end_only_where_the_description_says_so() -> None:
    for blank in (None, "", " \u3000"):
        assert Mapper(description(), ["day", "sex"]).record([blank, "1"]) == {"sex": "male"}
        ends = described("day", no_end=["", "长期"])
        assert Mapper(ends, ["day", "sex"]).record([blank, "1"]) == {"day": "9999-12-31", "sex": "male"}
        assert Mapper(ends, ["day"]).record(["2020-01-31"]) == {"day": "2020-01-31"}


@pytest.mark.parametrize(
    ("value", "number"), [("98.5%", "98.5"), ("９８.5 ％", "98.5"), ("1,234%", "1234"), ("98.5", None), (0.985, None)]
)
def test_a_percentage_is_the_number_before_its_sign(value: Any, number: str | None) -> None:
    mapper = Mapper(described("amount", percent=True), ["amount"])
    if number:
        assert mapper.record([value]) == {"amount": number}
    else:
        with pytest.raises(ValueError, match="percent"):
            mapper._convert[0](value)
