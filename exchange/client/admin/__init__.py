"""The Python client for administration, by a person's or a system's certificate.

::

    async with AdminClient("node:7443", certificate=…, key=…, trust=folder) as client:
        async for agency in client.agencies(filter='region = "320500"'):
            …
"""

from exchange.client.admin.agencies import AgenciesClient, AgencyView
from exchange.client.admin.applications import (
    ApplicationsClient,
    ApplicationView,
    Approval,
    LateView,
    NeededField,
    NoteView,
    Wish,
)
from exchange.client.admin.people import PeopleClient, PersonView
from exchange.client.admin.proposals import ProposalsClient, ProposalView

__all__ = [
    "AdminClient", "AgencyView", "ApplicationView", "Approval", "LateView", "NeededField", "NoteView", "PersonView",
    "ProposalView", "Wish",
]  # fmt: skip


class AdminClient(AgenciesClient, ApplicationsClient, PeopleClient, ProposalsClient):
    """A connection to a node, for administration."""
