"""``registry.v1.AgencyService``: agencies on record."""

from collections.abc import Awaitable, Sequence

from yici.registry.v1 import agency_pb2 as pb

from exchange.acts.admin_act import AdminAct
from exchange.acts.refusals import Refusal
from exchange.admin.agencies import Agencies
from exchange.services.admin.filters import filter_of
from exchange.services.admin.servicer import AdminServicer, item_message
from exchange.services.calls import Context, Received
from exchange.services.paging import Page
from exchange.services.servicer import does
from registry.errors import RuleError
from registry.items import Stored

_FIELDS = {"region": "region = {}", "state": "state = {}", "name": "name = {}"}


class AgencyServicer(AdminServicer):
    """Converts calls into acts on agencies."""

    service = pb.DESCRIPTOR.services_by_name["AgencyService"]

    @does("agency.read")
    async def get_agency(self, received: Received, context: Context) -> pb.GetAgencyResponse:
        """Return an agency."""
        act = AdminAct("agency", "read", item=received.message.id)
        stored = await self.result_of(context, Agencies(self._desk).get(self.call(received, context), act))
        return pb.GetAgencyResponse(agency=item_message(stored, pb.Agency))

    @does("agency.list")
    async def list_agencies(self, received: Received, context: Context) -> pb.ListAgenciesResponse:
        """Return a page of agencies."""
        act, call, message = AdminAct("agency", "list"), self.call(received, context), received.message
        work: Awaitable[Sequence[Stored] | Refusal]
        try:
            page, wanted = Page.of(message), filter_of(message.filter, _FIELDS)
            work = Agencies(self._desk).list(call, act, *wanted, page.after, page.limit)
        except RuleError as error:
            work = self.refuse(call, act, error)
        stored = await self.result_of(context, work)  # which ends the call of a malformed request
        found, token = page.cut(stored, lambda item: item.id)
        return pb.ListAgenciesResponse(
            agencies=[item_message(item, pb.Agency) for item in found], next_page_token=token
        )
