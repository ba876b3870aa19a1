"""Tests of the filters of lists, and of etags."""

import pytest

from exchange.services.admin.filters import filter_of
from registry.errors import RuleError

FIELDS = {"region": "region = {}", "duty": "{} = ANY(duties)"}


@pytest.mark.parametrize(
    ("text", "where", "values"),
    [
        ("", "", ()),
        (' region = "320500" ', "region = $1", ("320500",)),
        ("region=320500 AND duty = approve", "region = $1 AND $2 = ANY(duties)", ("320500", "approve")),
        ('region = "a AND duty = b"', "region = $1", ("a AND duty = b",)),
    ],
)
def test_a_filter_is_a_condition_with_values(text: str, where: str, values: tuple[str, ...]) -> None:
    assert filter_of(text, FIELDS) == (where, values)


@pytest.mark.parametrize(
    "text",
    [
        "name = x",
        "region",
        "region = 1 OR duty = 2",
        "region > 1",
        'region = "1',
        "region = 1; DROP TABLE agency",
        "x" * 1001,
    ],
)
def test_a_filter_of_another_form_or_field_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="filter: "):
        filter_of(text, FIELDS)
