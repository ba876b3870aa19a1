"""``registry.v1.CatalogueService``: datasets and matters, readable by every active system."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from yici.registry.v1 import catalogue_pb2 as pb

from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.plain_act import PlainAct
from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.services.calls import Context, Received
from exchange.services.paging import Page
from exchange.services.servicer import ActServicer, does, snake_case
from exchange.services.wire.asking import KINDS
from exchange.services.wire.catalogue import CATEGORIES, MASKS, SENSITIVITIES, TYPES
from registry.catalogue import Dataset
from registry.errors import RuleError
from registry.matters import Matter
from registry.register import Register

T = TypeVar("T")
Items = Callable[[Register], Mapping[str, T]]
"""Returns the items of a kind in the registers, by id."""


class CatalogueServicer(ActServicer):
    """Reads the registers; the data are not personal, so only refusals are recorded."""

    service = pb.DESCRIPTOR.services_by_name["CatalogueService"]

    @does("catalogue.get_dataset")
    async def get_dataset(self, received: Received, context: Context) -> pb.GetDatasetResponse:
        """Return one dataset."""
        unknown = Refusal(Reason.DATASET_UNKNOWN, "no such dataset in the catalogue", "id")
        dataset = await self._one(received, context, lambda register: register.datasets, unknown)
        return pb.GetDatasetResponse(dataset=_dataset(dataset))

    @does("catalogue.list_datasets")
    async def list_datasets(self, received: Received, context: Context) -> pb.ListDatasetsResponse:
        """Return a page of datasets."""
        datasets, token = await self._page(received, context, lambda register: register.datasets)
        return pb.ListDatasetsResponse(datasets=map(_dataset, datasets), next_page_token=token)

    @does("catalogue.get_matter")
    async def get_matter(self, received: Received, context: Context) -> pb.GetMatterResponse:
        """Return one matter with its requirements."""
        unknown = Refusal(Reason.MATTER_UNKNOWN, "no such matter on record", "id")
        matter = await self._one(received, context, lambda register: register.matters, unknown)
        return pb.GetMatterResponse(matter=_matter(matter))

    @does("catalogue.list_matters")
    async def list_matters(self, received: Received, context: Context) -> pb.ListMattersResponse:
        """Return a page of matters."""
        matters, token = await self._page(received, context, lambda register: register.matters)
        return pb.ListMattersResponse(matters=map(_matter, matters), next_page_token=token)

    async def _one(self, received: Received, context: Context, items: Items[T], unknown: Refusal) -> T:
        """Return the item that a message names; ``unknown`` refuses one that is not on record."""
        return await self._read(received, context, lambda register: items(register).get(received.message.id, unknown))

    async def _page(self, received: Received, context: Context, items: Items[T]) -> tuple[list[T], str]:
        """Return a page of items, and the next page's token."""
        return await self._read(received, context, lambda register: _page(items(register), received.message))

    async def _read(self, received: Received, context: Context, find: Callable[[Register], T | Refusal]) -> T:
        """Return a reading of the registers; a refusal ends the call."""

        async def work(permit: Permit[PlainAct]) -> T | Refusal:
            return find(permit.state.register)

        act = PlainAct("catalogue", snake_case(received.method))
        return await self.result_of(context, perform(self._road, self.call(received, context), act, work))


def _page(items: Mapping[str, T], message: Any) -> tuple[list[T], str] | Refusal:
    """Return the items after the message's token in the order of their ids, and the next page's token."""
    try:
        page = Page.of(message)
    except RuleError as error:
        return invalid(error)
    names, token = page.cut(sorted(name for name in items if name > page.after), str)
    return [items[name] for name in names], token


def _dataset(dataset: Dataset) -> pb.Dataset:
    return pb.Dataset(
        id=dataset.id,
        version=dataset.version,
        title=dataset.title,
        title_en=dataset.title_en,
        source_agency=dataset.source,
        sharing_category=CATEGORIES.numbers[dataset.sharing],
        subject_kinds=[KINDS.numbers[key] for key in dataset.keys],
        update_cycle=dataset.update_cycle,
        fields=[
            pb.Field(
                name=field.name,
                title=field.title,
                title_en=field.title_en,
                type=TYPES.numbers[field.type],
                sensitivity=SENSITIVITIES.numbers[field.sensitivity],
                mask=MASKS.numbers[field.mask],
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
                subject_role=item.subject,
                how_to_obtain=item.how,
                how_to_obtain_en=item.how_en,
                alternative_datasets=[option.dataset for option in item.instead],
            )
            for item in matter.requirements
        ],
    )
