"""Agencies on record."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from yici.registry.v1 import agency_pb2 as pb

from exchange.client.admin.base import AdminConnection
from exchange.services.wire.shapes import from_message

_SERVICE = "AgencyService"


@dataclass(frozen=True, slots=True)
class AgencyView:
    """An agency: its code, name and region, and ``active``, ``suspended`` or ``closed``."""

    id: str
    name: str
    region: str
    state: str
    etag: str
    create_time: datetime


class AgenciesClient(AdminConnection):
    """Calls about agencies."""

    async def agency(self, uscc: str) -> AgencyView:
        """Return an agency by its code."""
        response = await self._ask(_SERVICE, "GetAgency", pb.GetAgencyRequest(id=uscc), pb.GetAgencyResponse)
        return from_message(response.agency, AgencyView)

    def agencies(self, filter: str = "") -> AsyncIterator[AgencyView]:  # noqa: A002  # the word of the field
        """Yield agencies in order of their codes; see the proto for the filter."""
        request = pb.ListAgenciesRequest(filter=filter)
        return self._listed(_SERVICE, "ListAgencies", request, pb.ListAgenciesResponse, "agencies", AgencyView)
