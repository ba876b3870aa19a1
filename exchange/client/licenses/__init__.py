"""The Python client for e-licenses.

::

    async with LicenseClient("node:7443", certificate=…, key=…, trust=folder) as client:
        license = await client.issue(basis, "residence_permit", Draft(…), fill=True)
        license = await client.change(basis, license, Change.SUSPEND, "lost")

What comes back is checked before it is returned: envelope, seal, chain and receipt of a license. What a license says is
read from its verified envelope alone; what only the node's register tells is kept apart, in ``told``.
"""

from exchange.client.licenses.events import Event, WatchingClient
from exchange.client.licenses.issuing import IssuingClient
from exchange.client.licenses.showing import ShowingClient, StateNow
from exchange.client.licenses.views import Annotation, LicenseView, Told

__all__ = ["Annotation", "Event", "LicenseClient", "LicenseView", "StateNow", "Told"]


class LicenseClient(IssuingClient, ShowingClient, WatchingClient):
    """A system's connection to a node, for asking and for licenses."""
