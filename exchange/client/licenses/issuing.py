"""The client's methods for issuers of licenses: issue, change, annotate, get, review."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import aclosing

from yici.registry.v1 import license_pb2 as pb

from exchange.client.batches import answered_batches
from exchange.client.failures import error_in
from exchange.client.licenses.base import SERVICE, CheckingClient
from exchange.client.licenses.views import LicenseView, not_as_asked
from exchange.errors import ExchangeError
from exchange.services.wire.asking import basis_message
from exchange.services.wire.licenses import CHANGES, draft_message
from registry.basis import Basis
from registry.errors import RuleError
from registry.licenses.holders import Holder, canonical_code
from registry.licenses.license import Draft
from registry.licenses.states import Change


class IssuingClient(CheckingClient):
    """Issues and changes licenses, and gets complete ones."""

    async def issue(self, basis: Basis, kind: str, draft: Draft, *, fill: bool = False) -> LicenseView:
        """Issue a license; ``fill`` takes fields from the sources that its type names.

        Raises:
            ExchangeError: the request was refused or failed; says why.
        """
        request = pb.IssueLicenseRequest(basis=basis_message(basis), type=kind, draft=draft_message(draft, fill=fill))
        return self._issued((await self._ask("IssueLicense", request, pb.IssueLicenseResponse)).license, kind, draft)

    async def issue_from_metadata(self, basis: Basis, kind: str, metadata: bytes) -> LicenseView:
        """Issue a license from its GB/T 36903 metadata, JSON or XML.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.IssueLicenseRequest(
            basis=basis_message(basis), type=kind, draft=pb.LicenseDraft(metadata=metadata)
        )
        return self._view((await self._ask("IssueLicense", request, pb.IssueLicenseResponse)).license)

    async def issue_batch(
        self, basis: Basis, kind: str, batches: AsyncIterable[Sequence[Draft]]
    ) -> AsyncIterator[list[LicenseView | ExchangeError]]:
        """Issue batches of licenses; each draft results in its license or its own error."""

        def request(number: int, drafts: Sequence[Draft]) -> pb.IssueBatchRequest:
            items = [draft_message(draft, fill=False) for draft in drafts]
            return pb.IssueBatchRequest(batch_id=str(number), basis=basis_message(basis), type=kind, drafts=items)

        path = f"{SERVICE}IssueBatch"
        async with aclosing(answered_batches(self, path, pb.IssueBatchResponse, batches, request)) as answered:
            async for drafts, response in answered:
                if len(response.outcomes) != len(drafts):
                    raise not_as_asked("the batch's licenses are not as many as its drafts")
                yield [
                    error_in(item.error) if item.error else self._issued(item.license, kind, draft)
                    for item, draft in zip(response.outcomes, drafts, strict=True)
                ]

    async def supersede(self, basis: Basis, old: LicenseView, draft: Draft, reason: str) -> LicenseView:
        """Amend or renew a license.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.SupersedeLicenseRequest(
            basis=basis_message(basis),
            type=old.type,
            identifier=old.identifier,
            revision=old.record.revision,
            reason=reason,
            draft=draft_message(draft, fill=False),
        )
        response = await self._ask("SupersedeLicense", request, pb.SupersedeLicenseResponse)
        return self._issued(response.license, old.type, draft)

    async def change(self, basis: Basis, current: LicenseView, change: Change, reason: str) -> LicenseView:
        """Change a license's state.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.ChangeLicenseRequest(
            basis=basis_message(basis),
            identifier=current.identifier,
            revision=current.record.revision,
            change=CHANGES.numbers[change],
            reason=reason,
        )
        response = await self._ask("ChangeLicense", request, pb.ChangeLicenseResponse)
        return self._view(response.license, current.identifier)

    async def annotate(self, basis: Basis, current: LicenseView, reason: str, until: str = "") -> LicenseView:
        """Annotate a license.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.AnnotateLicenseRequest(
            basis=basis_message(basis),
            identifier=current.identifier,
            revision=current.record.revision,
            reason=reason,
            until=until,
        )
        response = await self._ask("AnnotateLicense", request, pb.AnnotateLicenseResponse)
        return self._view(response.license, current.identifier)

    async def get(self, basis: Basis, identifier: str, reason: str = "") -> LicenseView:
        """Return a complete license of one's own.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.GetLicenseRequest(basis=basis_message(basis), identifier=identifier, reason=reason)
        response = await self._ask("GetLicense", request, pb.GetLicenseResponse)
        return self._view(response.license, identifier)

    async def pdf(self, basis: Basis, identifier: str, reason: str = "") -> bytes:
        """Return the sealed PDF of a license.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.GetLicensePdfRequest(basis=basis_message(basis), identifier=identifier, reason=reason)
        return bytes((await self._ask("GetLicensePdf", request, pb.GetLicensePdfResponse)).pdf)

    async def review(self, basis: Basis, kind: str) -> pb.ReviewLicensesResponse:
        """Review one's licenses against the data on which they are based.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.ReviewLicensesRequest(basis=basis_message(basis), type=kind)
        response: pb.ReviewLicensesResponse = await self._ask("ReviewLicenses", request, pb.ReviewLicensesResponse)
        return response

    def _issued(self, item: pb.License, kind: str, draft: Draft) -> LicenseView:
        """Check that a license matches its draft in type, holders, number and fields, and return it."""
        issued = self._view(item)
        asked = [(one.kind, _code(one)) for one in draft.holders]
        same = (issued.type, issued.number) == (kind, draft.number)
        if not same or [(one.kind, one.code) for one in issued.holders] != asked:
            raise not_as_asked("another license came back than the one that was asked for")
        return issued


def _code(holder: Holder) -> str:
    try:
        return canonical_code(holder.kind, holder.code)
    except RuleError:  # the node names the broken rule
        return holder.code
