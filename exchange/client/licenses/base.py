"""Calls of ``LicenseService``, and checks of their responses."""

from datetime import UTC, datetime
from typing import Any

from yici.registry.v1 import license_pb2 as pb

from exchange.client.client import Client
from exchange.client.licenses.views import LicenseView, license_record_of, not_as_asked, view_of
from exchange.client.proven import Proof
from keys.evidence import Verdict
from keys.license import check_license

SERVICE = "/yici.registry.v1.LicenseService/"


class CheckingClient(Client):
    """A client that checks each license it receives: envelope, seal, chain and receipt."""

    async def _ask(self, method: str, request: Any, shape: type[Any]) -> Any:
        return (await self.call(SERVICE, method, request, shape))[0]

    def _view(self, item: pb.License, asked: str = "") -> LicenseView:
        """Check a license in a message and return it; ``asked`` is the identifier that it must have."""
        if not item.receipt:
            raise not_as_asked("the license has no receipt")
        now = datetime.now(UTC)
        checked = self.judged(lambda trust: check_license(item.envelope, trust, now, receipt=item.receipt))
        broken = [step for step in checked.steps if step.verdict is Verdict.INVALID and step.name != "period"]
        if broken or checked.license.get("identifier") != item.identifier:
            detail = f"{broken[0].name}: {broken[0].detail}" if broken else "the envelope is another license's"
            raise not_as_asked(detail)
        if asked and plain(item.identifier) != plain(asked):
            raise not_as_asked("another license came back than the one that was asked for")
        return view_of(checked, item.envelope, item.receipt, license_record_of(item))

    def _found(self, response: pb.FindLicensesResponse, digest: str) -> tuple[list[LicenseView], Proof]:
        """Return the licenses of an answer to the request with that digest; the answer must name them."""
        proof = self.check(response.answered, digest)
        licenses = [self._view(item) for item in response.licenses]
        said = proof.checked.answer.get("records", ())
        if [item.identifier for item in licenses] != [record.get("identifier") for record in said]:
            raise not_as_asked("the licenses are not those that the answer names")
        return licenses, proof


def plain(identifier: str) -> str:
    """Return an identifier in the form for comparison."""
    return identifier.strip().upper()
