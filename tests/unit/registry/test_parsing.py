"""Tests of register files: errors name the line or the place."""

from pathlib import Path

import pytest

from registry.agencies import Agency
from registry.claims import Claim, Operator
from registry.errors import RuleError
from registry.parsing import load_yaml, parse


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: 1\nb: !!timestamp x", "not a timestamp, line 2"),
        ("a: !!bool x", "not a bool, line 1"),
        ("a: !!int ''", "not a int, line 1"),
        ("? " * 3_000, "nested more than 50 deep, line 1"),
        ("".join(" " * at + "?\n" for at in range(3_000))[: 4 << 20], "nested more than 50 deep, line 51"),
        ("[" * 5_000, "nested more than 50 deep, line 1"),
        ("a:\n  - " + "{a: " * 5_000, "nested more than 50 deep, line 2"),
        ("- " * 5_000, "nested more than 50 deep, line 1"),
        ("a: &a [1]\nb: *a", "an alias, line 2; each value is written where it belongs"),
    ],
)
def test_yaml_that_python_cannot_hold_is_a_clear_error(tmp_path: Path, text: str, rule: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(RuleError, match=f"^a.yaml: {rule}$"):
        load_yaml(tmp_path / "a.yaml")


@pytest.mark.parametrize("region", ["999999", "990000", "020500", "32050", "3205000", "３２０５００"])
def test_a_region_that_there_is_not_is_refused(region: str) -> None:
    with pytest.raises(RuleError, match="region: six digits, the first 1 to 8"):
        parse(Agency, {"uscc": "113205000000140157", "name": "x", "region": region}, "agencies")


def test_fifty_levels_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("[" * 50 + "]" * 50)
    assert load_yaml(tmp_path / "a.yaml")


def test_a_claim_from_a_file_is_read_strictly_down_to_its_conditions() -> None:
    read = parse(
        Claim,
        {"field": " name ", "operator": "EQ", "values": ["x"], "where": [{"field": "a", "operator": "EXISTS"}]},
        "claim",
    )
    assert (read.field, read.operator) == ("name", Operator.EQ)
    for odd in ({"feild": 1}, {"where": [{"field": "a", "operator": "EXISTS", "vlaues": []}]}):
        with pytest.raises(RuleError, match="claim"):
            parse(Claim, {"field": "name", "operator": "EQ", "values": ["x"]} | odd, "claim")
