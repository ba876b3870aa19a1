"""Scenario tests of lists: they are paged, and a page token is valid for its own list only."""

from yici.registry.v1 import document_pb2, seal_pb2

from exchange.demo.city import City
from exchange.services.wire.asking import basis_message
from tests.scenario.test_documents import draft, sender
from tests.support.stamps import APPROVE, WRITE, refused


async def test_seals_are_listed_page_by_page(city: City) -> None:
    async with city.seal_client("seal-authority") as client:
        request = seal_pb2.ListSealsRequest(basis=basis_message(APPROVE), page_size=2)
        asked = "/yici.registry.v1.SealService/", "ListSeals", request, seal_pb2.ListSealsResponse
        pages = [page async for page in client.pages(*asked)]
        whole = [seal.id async for seal in client.seals(APPROVE)]
    assert [seal.id for page in pages for seal in page.seals] == whole
    assert [len(page.seals) for page in pages[:-1]] == [2] * (len(pages) - 1)
    assert len(whole) > 2


async def test_documents_are_listed_page_by_page_and_tokens_bind(city: City) -> None:
    async with sender(city) as client:
        drafted = [(await client.draft(WRITE, draft())).id for _ in range(3)]
        request = document_pb2.ListDocumentsRequest(basis=basis_message(WRITE), page_size=1)
        asked = "/yici.registry.v1.DocumentService/", "ListDocuments", request, document_pb2.ListDocumentsResponse
        pages = [page async for page in client.pages(*asked)]
        assert [page.documents[0].id for page in pages] == [one.id async for one in client.documents(WRITE)]
        assert {page.documents[0].id for page in pages} >= {*drafted}
        request.page_token, request.received = pages[0].next_page_token, True
        assert await refused(anext(client.pages(*asked))) == ("INVALID_ARGUMENT", "INVALID_REQUEST")
