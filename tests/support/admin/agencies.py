"""Permitted calls of ``AgencyService``."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from exchange.demo.city import City

POLICE = "113205000000140157"
TABLE = {"AgencyService": "agency"}
"""By service: a table without which its methods fail."""


async def get_agency(city: City) -> AsyncIterator[None]:
    async with city.admin("p-0201") as client:
        yield
        await client.agency(POLICE)


async def list_agencies(city: City) -> AsyncIterator[None]:
    async with city.admin("p-0201") as client:
        yield
        async with aclosing(client.agencies()) as found:  # type: ignore[type-var]
            await anext(found)


CASES = {"AgencyService.GetAgency": get_agency, "AgencyService.ListAgencies": list_agencies}
