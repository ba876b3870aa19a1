"""The Python client for e-seals.

::

    async with SealClient("node:7443", certificate=…, key=…, trust=folder) as client:
        sealed = await client.seal(basis, "32050000000001", b"…")
        page = await client.seal_pdf(basis, "32050000000001", pdf)

E-signatures, and those of PDFs, are checked against the trust bundle before they are returned; batches are not.
"""

from exchange.client.seals.register import RegisterClient
from exchange.client.seals.using import UsingClient
from exchange.client.seals.views import Checked, SealedItem, SealView

__all__ = ["Checked", "SealClient", "SealView", "SealedItem"]


class SealClient(RegisterClient, UsingClient):
    """A system's connection to a node, for seals."""
