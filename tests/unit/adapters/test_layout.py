"""Tests of layouts: settings are unambiguous and checked."""

from dataclasses import asdict
from typing import Any

import pytest

from adapters.layout import BadRows, Encoding, Layout, Merged
from registry.errors import RuleError
from registry.parsing import parse


def test_all_settings_of_a_layout_are_read() -> None:
    said = {"encoding": "gb18030", "delimiter": "\t", "sheet": "花名册", "header_row": 2, "skip_totals": True, "merged": "fill", "on_bad_row": "set aside"}  # fmt: skip
    read = parse(Layout, said, "drop")
    assert read == Layout(
        Encoding.GB18030, "\t", "花名册", 2, skip_totals=True, merged=Merged.FILL, on_bad_row=BadRows.SET_ASIDE
    )
    assert asdict(Layout()) == {
        "encoding": None, "delimiter": "", "sheet": "", "header_row": 0, "skip_totals": False,
        "merged": Merged.REFUSE, "on_bad_row": BadRows.REFUSE,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"encoding": "latin-1"}, "encoding"), ({"delimiter": "|"}, "comma, a semicolon or a tab"), ({"header_row": -1}, "header_row"),
        ({"on_bad_row": "skip"}, "on_bad_row"), ({"skip_total": True}, "skip_total"),
    ],
)  # fmt: skip
def test_an_invalid_layout_setting_is_refused(said: dict[str, Any], rule: str) -> None:
    with pytest.raises(RuleError, match=rule):
        parse(Layout, said, "drop")
