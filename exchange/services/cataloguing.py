"""registry.v1.CatalogueService: any active system may look up what can be asked."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from yici.registry.v1 import catalogue_pb2 as pb

from exchange.query import Exchange
from exchange.refusal import Reason, Refusal
from exchange.requester import Authenticator
from exchange.services.calls import Context, Received, abort, certificate_of, counted
from registry.catalogue import Dataset
from registry.matters import Matter
from registry.register import Register

_DEFAULT_PAGE, _MAX_PAGE = 100, 1000
T = TypeVar("T")


class CatalogueService:
    """Reads the register; nothing here is personal, so nothing is recorded."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._authenticator = Authenticator()

    async def get_dataset(self, received: Received, context: Context) -> pb.GetDatasetResponse | None:
        """One dataset."""
        found = await counted("GetDataset", self._get(received, context, lambda register: register.datasets))
        return (
            await abort(context, found)
            if isinstance(found, Refusal)
            else pb.GetDatasetResponse(dataset=_dataset(found))
        )

    async def list_datasets(self, received: Received, context: Context) -> pb.ListDatasetsResponse | None:
        """Datasets, a page at a time."""
        page = await counted("ListDatasets", self._page(received, context, lambda register: register.datasets))
        if isinstance(page, Refusal):
            return await abort(context, page)
        return pb.ListDatasetsResponse(datasets=map(_dataset, page[0]), next_page_token=page[1])

    async def get_matter(self, received: Received, context: Context) -> pb.GetMatterResponse | None:
        """One matter, with its proofs."""
        found = await counted("GetMatter", self._get(received, context, lambda register: register.matters))
        return (
            await abort(context, found) if isinstance(found, Refusal) else pb.GetMatterResponse(matter=_matter(found))
        )

    async def list_matters(self, received: Received, context: Context) -> pb.ListMattersResponse | None:
        """Matters, a page at a time."""
        page = await counted("ListMatters", self._page(received, context, lambda register: register.matters))
        if isinstance(page, Refusal):
            return await abort(context, page)
        return pb.ListMattersResponse(matters=map(_matter, page[0]), next_page_token=page[1])

    async def _get(
        self, received: Received, context: Context, table: Callable[[Register], Mapping[str, T]]
    ) -> T | Refusal:
        register = self._register(context)
        if isinstance(register, Refusal):
            return register
        found = table(register).get(received.message.id)
        return found or Refusal(Reason.DATASET_UNKNOWN, "no such item in the catalogue", "id")

    async def _page(
        self, received: Received, context: Context, table: Callable[[Register], Mapping[str, T]]
    ) -> tuple[list[T], str] | Refusal:
        register = self._register(context)
        if isinstance(register, Refusal):
            return register
        size = received.message.page_size
        if not 0 <= size <= _MAX_PAGE:
            return Refusal(Reason.INVALID_REQUEST, f"page_size: 0 to {_MAX_PAGE}", "page_size")
        size = size or _DEFAULT_PAGE
        items: Any = sorted(item for item in table(register).items() if item[0] > received.message.page_token)
        token = items[size - 1][0] if len(items) > size else ""
        return [item for _, item in items[:size]], token

    def _register(self, context: Context) -> Register | Refusal:
        standing = self._exchange.standing
        if standing is None:
            return Refusal(Reason.REGISTER_IN_DOUBT, "the register is in doubt")
        requester = self._authenticator.authenticate(certificate_of(context), standing.register, None)
        return requester if isinstance(requester, Refusal) else standing.register


def _dataset(dataset: Dataset) -> pb.Dataset:
    return pb.Dataset(
        id=dataset.id,
        version=dataset.version,
        title=dataset.title,
        title_en=dataset.title_en,
        source=dataset.source,
        sharing=dataset.sharing.value,
        keys=[key.value for key in dataset.keys],
        update_cycle=dataset.update_cycle,
        fields=[
            pb.Field(
                name=field.name,
                title=field.title,
                title_en=field.title_en,
                type=field.type.value,
                sensitivity=field.sensitivity.value,
                mask=field.mask.value,
                codes=dict(field.codes),
            )
            for field in dataset.fields
        ],
    )


def _matter(matter: Matter) -> pb.Matter:
    return pb.Matter(
        id=matter.id,
        version=matter.version,
        name=matter.name,
        name_en=matter.name_en,
        agency=matter.agency,
        proofs=[
            pb.Proof(
                id=item.id,
                name=item.proof,
                name_en=item.proof_en,
                legal_basis=item.legal_basis,
                demanded_by=item.demanded_by,
                issued_by=item.issued_by,
                dataset=item.dataset,
                subject=item.subject,
                how=item.how,
                instead=[option.dataset for option in item.instead],
            )
            for item in matter.requirements
        ],
    )
