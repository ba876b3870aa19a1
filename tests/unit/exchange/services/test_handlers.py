"""A method is registered by the Cedar actions that it names."""

from unittest.mock import MagicMock

import pytest

from exchange.services.cataloguing import CatalogueServicer
from exchange.services.handlers import handlers
from tests.support.calling import METHODS


@pytest.mark.parametrize(
    ("actions", "message"),
    [((), "names no Cedar action"), (("catalogue.erase",), "the schema has no action catalogue.erase")],
)
def test_a_method_without_a_cedar_action_is_not_registered(actions: tuple[str, ...], message: str) -> None:
    class Service:
        get_dataset = list_datasets = get_matter = CatalogueServicer.list_matters

        async def list_matters(self, _received: object, _context: object) -> None:
            """A new method."""

    service = METHODS["CatalogueService.ListMatters"].containing_service
    handlers(service, MagicMock(), 1, CatalogueServicer(MagicMock(), MagicMock()))
    Service.list_matters.actions = actions  # type: ignore[attr-defined]
    with pytest.raises(LookupError, match=rf"CatalogueService\.ListMatters: {message}"):
        handlers(service, MagicMock(), 1, Service())
