"""The Python client for administration, by a person's or a system's certificate.

::

    async with AdminClient("node:7443", certificate=…, key=…, trust=folder) as client:
        async for agency in client.agencies(filter='region = "320500"'):
            …
"""

from exchange.client.admin.agencies import AgenciesClient, AgencyView

__all__ = ["AdminClient", "AgencyView"]


class AdminClient(AgenciesClient):
    """A connection to a node, for administration."""
