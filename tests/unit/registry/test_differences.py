"""Tests of differences: entries name changed fields, and changed members of lists."""

import json
from typing import Any

import pytest

from registry.content import row_of
from registry.differences import differences


def grant(**changed: Any) -> dict[str, Any]:
    return {"id": "g", "revision": 1, "state": "active", "fields": ["name", "tax"], "clear_fields": [], **changed}


def dataset(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"id": "d", "version": 1, "source": "s", "body": json.dumps({"title": "数据", "fields": list(fields)})}


AMOUNT, MONTH = {"name": "amount", "title": "金额"}, {"name": "month", "title": "月份"}


@pytest.mark.parametrize(
    ("register", "old", "new", "told"),
    [
        ("grant", grant(), grant(clear_fields=["tax"]), ("clear_fields +tax",)),
        ("grant", grant(), grant(fields=["name", "sex"], state="revoked"), ("fields +sex -tax", "state")),
        ("grant", grant(), grant(revision=2), ()),
        ("dataset", dataset(AMOUNT), dataset(AMOUNT | {"title": "税额"}, MONTH), ("fields +month ~amount",)),
        ("grant", grant(), grant(fields=["f" * 200]), ("fields",)),
        ("seal", {"id": "1", "revision": 1, "custodian": "周"}, {"id": "1", "revision": 2, "custodian": "钱"}, ("custodian",)),
        ("license", {"identifier": "1", "revision": 1, "holders": ["周"]}, {"identifier": "1", "revision": 2, "holders": ["钱"]}, ("holders",)),
    ],
)  # fmt: skip
def test_a_change_names_fields_and_members_but_no_personal_data(
    register: str, old: dict[str, Any], new: dict[str, Any], told: tuple[str, ...]
) -> None:
    assert differences(row_of(register, old), row_of(register, new)) == told


def test_of_many_differences_an_entry_tells_the_first() -> None:
    many = {f"f{number:02}": number for number in range(30)}
    told = differences(row_of("grant", grant()), row_of("grant", grant(**many)))
    assert (len(told), told[0], told[-1]) == (20, "f00", "…")


def test_a_row_that_was_not_there_differs_in_nothing() -> None:
    assert differences(None, row_of("grant", grant())) == ()
