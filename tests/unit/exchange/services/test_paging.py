"""Tests of page tokens: the next page's beginning, and the list."""

import pytest
from yici.audit.v1.audit_pb2 import ListEntriesRequest
from yici.registry.v1.catalogue_pb2 import ListDatasetsRequest, ListMattersRequest

from exchange.services.paging import Page
from registry.errors import RuleError


def token_of(request: ListDatasetsRequest | ListMattersRequest | ListEntriesRequest, found: list[str]) -> str:
    return Page.of(request).cut(found, str)[1]


def test_pages_follow_each_other_to_the_last() -> None:
    items, token, pages = ["a", "b", "c", "d"], "", []
    while not pages or token:
        page = Page.of(ListDatasetsRequest(page_size=2, page_token=token))
        found, token = page.cut([item for item in items if item > page.after][: page.limit], str)
        pages.append(found)
    assert pages == [["a", "b"], ["c", "d"]]


def test_a_page_is_of_a_hundred_unless_asked_and_of_the_largest_at_most() -> None:
    assert Page.of(ListDatasetsRequest()).size == 100
    assert Page.of(ListDatasetsRequest(page_size=5000)).size == 1000
    assert Page.of(ListDatasetsRequest(), 10).size == 10
    with pytest.raises(RuleError, match="page_size"):
        Page.of(ListDatasetsRequest(page_size=-1))


def test_a_token_holds_for_another_page_size_only() -> None:
    token = token_of(ListEntriesRequest(page_size=1, agency="a", reason="x"), ["7", "6"])
    assert Page.of(ListEntriesRequest(page_size=9, agency="a", reason="x", page_token=token)).after == "7"
    for other in ({"agency": "b", "reason": "x"}, {"reason": "x"}, {"agency": "a", "reason": "x", "decision": "deny"}):
        with pytest.raises(RuleError, match="page_token"):
            Page.of(ListEntriesRequest(**other, page_token=token))


def test_a_token_of_one_method_is_refused_by_another() -> None:
    token = token_of(ListDatasetsRequest(page_size=1), ["a", "b"])
    with pytest.raises(RuleError, match="page_token"):
        Page.of(ListMattersRequest(page_token=token))


@pytest.mark.parametrize("token", ["x", "50", "a" * 22, "\u4e2d", "=", "AAAA" * 500])
def test_an_invalid_token_is_refused(token: str) -> None:
    with pytest.raises(RuleError, match="page_token"):
        Page.of(ListDatasetsRequest(page_token=token))
