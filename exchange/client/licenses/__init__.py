"""The Python client for e-licenses.

::

    async with LicenseClient("node:7443", certificate=…, key=…, trust=folder) as client:
        license = await client.issue(basis, "residence_permit", Draft(…), fill=True)
        license = await client.change(basis, license, Change.SUSPEND, "lost")

Each license is checked before it is returned: envelope, seal, chain and receipt. Its fields come from the verified
envelope only; data from the node's register are separate, in ``record``.
"""

from exchange.client.licenses.events import Event, WatchingClient
from exchange.client.licenses.issuing import IssuingClient
from exchange.client.licenses.showing import ShowingClient, StateNow
from exchange.client.licenses.views import Annotation, LicenseRecord, LicenseView

__all__ = ["Annotation", "Event", "LicenseClient", "LicenseRecord", "LicenseView", "StateNow"]


class LicenseClient(IssuingClient, ShowingClient, WatchingClient):
    """A system's connection to a node, for queries and licenses."""
