"""``registry.v1.SealService``: acts on seals, and their use."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Any

from yici.registry.v1 import seal_pb2 as pb

from exchange.acts.call import Call
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.road import Road
from exchange.pages.spot import USUAL, At
from exchange.sealing.pdfs import PdfSealing
from exchange.sealing.service import Sealed, SealService
from exchange.sealing.using import SealUse
from exchange.sealing.verifying import SealChecks
from exchange.services import seals
from exchange.services.calls import Context, Received, status_of
from exchange.services.paging import Page
from exchange.services.servicer import ActServicer, does
from exchange.services.wire.asking import basis_of
from exchange.services.wire.seals import CHANGES, KINDS, TARGET_KINDS
from exchange.settings import Limits
from keys.ses.proof import Presented
from registry.errors import RuleError
from registry.seals.kinds import TargetKind
from registry.seals.seal import Application, Seal

_YEARS = 3
_LARGEST_PAGE = 100


class SealServicer(ActServicer):
    """Converts calls into acts on seals, and uses of seals."""

    service = pb.DESCRIPTOR.services_by_name["SealService"]

    def __init__(
        self, road: Road, limits: Limits, service: SealService, use: SealUse, pdfs: PdfSealing, checks: SealChecks
    ) -> None:
        super().__init__(road, limits)
        self._service = service
        self._use = use
        self._pdfs = pdfs
        self._checks = checks

    @does("seal.apply")
    async def apply_seal(self, received: Received, context: Context) -> pb.ApplySealResponse:
        """Apply for a seal."""
        message, call = received.message, self.call(received, context)
        act, kind = _act("apply", message), KINDS.members.get(message.kind)
        work: Awaitable[Seal | Refusal]
        if kind is None:
            work = self._unknown(call, act, "kind")
        else:
            wanted = Application("", kind, message.name, message.holder, message.years or _YEARS, message.custodian)
            work = self._service.apply(call, act, wanted)
        return pb.ApplySealResponse(seal=seals.seal_message(await self.result_of(context, work)))

    @does("seal.change", "seal.approve", "seal.refuse", "seal.suspend", "seal.resume", "seal.destroy")
    async def change_seal(self, received: Received, context: Context) -> pb.ChangeSealResponse:
        """Change a seal's state."""
        message, call = received.message, self.call(received, context)
        change = CHANGES.members.get(message.change)
        act = _act(change.value if change else "change", message, message.reason)
        work: Awaitable[Seal | Refusal]
        if change is None:
            work = self._unknown(call, act, "change")
        else:
            work = self._service.change(call, act, message.revision, change, message.reason)
        return pb.ChangeSealResponse(seal=seals.seal_message(await self.result_of(context, work)))

    @does("seal.hand_over")
    async def hand_over_seal(self, received: Received, context: Context) -> pb.HandOverSealResponse:
        """Transfer a seal to another custodian."""
        message = received.message
        act = _act("hand_over", message, message.reason)
        work = self._service.hand_over(
            self.call(received, context), act, message.revision, message.custodian, message.reason
        )
        return pb.HandOverSealResponse(seal=seals.seal_message(await self.result_of(context, work)))

    @does("seal.make")
    async def make_seal(self, received: Received, context: Context) -> pb.MakeSealResponse:
        """Make an approved seal."""
        message = received.message
        work = self._service.make(self.call(received, context), _act("make", message), message.revision)
        return pb.MakeSealResponse(seal=seals.seal_message(await self.result_of(context, work)))

    @does("seal.read")
    async def get_seal(self, received: Received, context: Context) -> pb.GetSealResponse:
        """Return a seal."""
        work = self._service.get(self.call(received, context), _act("read", received.message))
        return pb.GetSealResponse(seal=seals.seal_message(await self.result_of(context, work)))

    @does("seal.list")
    async def list_seals(self, received: Received, context: Context) -> pb.ListSealsResponse:
        """Return a page of seals."""
        message = received.message
        act, call = _act("list", message), self.call(received, context)
        work: Awaitable[Sequence[Seal] | Refusal]
        try:
            page = Page.of(message, _LARGEST_PAGE)
            work = self._service.list(call, act, page.after, page.limit)
        except RuleError as error:
            work = self.refuse(call, act, error)
        listed = await self.result_of(context, work)
        on_page, token = page.cut(listed, lambda item: item.id)
        return pb.ListSealsResponse(
            seals=[seals.seal_message(item, whole=False) for item in on_page], next_page_token=token
        )

    @does("seal.use")
    async def seal(self, received: Received, context: Context) -> pb.SealResponse:
        """Seal one document or digest."""
        message = received.message
        work = self._sealed(
            self.call(received, context),
            _act("use", message),
            TARGET_KINDS.members.get(message.target_kind),
            [message.item],
        )
        [sealed] = await self.result_of(context, work)
        return pb.SealResponse(sealed=_message(sealed))

    @does("seal.use")
    async def seal_batch(
        self, requests: AsyncIterator[Received], context: Context
    ) -> AsyncIterator[pb.SealBatchResponse]:
        """Seal batch by batch; the next is read after the last answer, which slows down fast senders."""
        async for received in requests:
            message = received.message
            response = pb.SealBatchResponse(batch_id=message.batch_id[:100])
            work = self._sealed(
                self.call(received, context), _act("use", message), TargetKind.FILE, list(message.items)
            )
            outcome = await work
            if isinstance(outcome, Refusal):
                response.error = status_of(outcome).SerializeToString()
            else:
                response.sealed.extend(map(_message, outcome))
            yield response

    @does("seal.use")
    async def seal_pdf(self, received: Received, context: Context) -> pb.SealPdfResponse:
        """Seal a PDF."""
        message = received.message
        work = self._pdfs.seal(self.call(received, context), _act("use", message), message.pdf, _at(message))
        sealed = await self.result_of(context, work)
        return pb.SealPdfResponse(pdf=sealed.pdf, receipt=sealed.receipt, signature=sealed.signature)

    @does("seal.check")
    async def verify_sealed(self, received: Received, context: Context) -> pb.VerifySealedResponse:
        """Check a presented e-seal, e-signature or PDF."""
        message = received.message
        act = RegisterAct("check", basis_of(message.basis), register="seal")
        info = message.property_info if message.HasField("property_info") else None
        shown = Presented(message.document or None, message.digest, info, message.receipt)
        work = self._checks.check(self.call(received, context), act, message.sealed, shown)
        return seals.checked_message(*await self.result_of(context, work))

    async def _sealed(
        self, call: Call, act: RegisterAct, target_kind: TargetKind | None, messages: list[pb.SealItem]
    ) -> list[Sealed] | Refusal:
        if target_kind is None:
            return await self._unknown(call, act, "target_kind")
        try:
            items = [seals.item_of(item, f"items[{at}]") for at, item in enumerate(messages)]
        except RuleError as error:
            return await self.refuse(call, act, error)
        return await self._use.seal(call, act, target_kind, items)

    async def _unknown(self, call: Call, act: RegisterAct, field: str) -> Refusal:
        return await self.refuse(call, act, RuleError(field, "a known one is required"))


def _act(action: str, message: Any, reason: str = "") -> RegisterAct:
    seal = getattr(message, "seal", "")
    return RegisterAct(action, basis_of(message.basis), reason=reason, register="seal", item=seal)


def _message(sealed: Sealed) -> pb.Sealed:
    return pb.Sealed(signature=sealed.signature, receipt=sealed.receipt)


def _at(message: pb.SealPdfRequest) -> At | None:
    """Return the requested position of the seal; None for the page's own field."""
    if message.x_mm or message.y_mm:
        return At(message.page_number, message.x_mm, message.y_mm)
    return At(message.page_number, USUAL.x, USUAL.y) if message.page_number else None
