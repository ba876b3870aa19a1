"""registry.v1.SealService."""

from collections.abc import AsyncIterator
from typing import Any

from yici.registry.v1 import seal_pb2 as pb

from exchange.acts.entries import Act
from exchange.acts.refusals import Refusal, invalid
from exchange.sealing.desk import SealDesk, Sealed
from exchange.sealing.pdfs import USUAL, PdfSealing
from exchange.sealing.using import SealUse
from exchange.sealing.verifying import SealChecks
from exchange.services import seals
from exchange.services.calls import Context, Received, certificate_of, status_of
from exchange.services.clerks import ClerkService
from exchange.services.messages import basis_of
from exchange.services.rates import RateLimit
from keys.ses.proof import Presented
from registry.errors import RuleError
from registry.seals.kinds import SealedKind
from registry.seals.seal import Application, Seal

_YEARS = 3


class SealService(ClerkService):
    """Turns calls into acts on seals, and uses of them."""

    def __init__(self, desk: SealDesk, use: SealUse, pdfs: PdfSealing, checks: SealChecks, rates: RateLimit) -> None:
        super().__init__(desk, rates)
        self._desk = desk
        self._use = use
        self._pdfs = pdfs
        self._checks = checks

    async def apply_seal(self, received: Received, context: Context) -> pb.ApplySealResponse:
        """Apply for a seal."""
        message = received.message
        act = _act("apply", message)

        async def work() -> Seal | Refusal:
            kind = seals.KINDS.get(message.kind)
            if kind is None:
                return await self._unknown(context, act, "kind")
            wanted = Application("", kind, message.name, message.holder, message.years or _YEARS, message.custodian)
            return await self._desk.apply(certificate_of(context), act, wanted)

        return pb.ApplySealResponse(seal=seals.seal_message(await self.done("ApplySeal", context, work())))

    async def change_seal(self, received: Received, context: Context) -> pb.ChangeSealResponse:
        """Change a seal's state."""
        message = received.message
        change = seals.CHANGES.get(message.change)
        act = _act(change.value if change else "change", message, message.why)

        async def work() -> Seal | Refusal:
            if change is None:
                return await self._unknown(context, act, "change")
            return await self._desk.change(certificate_of(context), act, message.revision, change, message.why)

        return pb.ChangeSealResponse(seal=seals.seal_message(await self.done("ChangeSeal", context, work())))

    async def hand_over_seal(self, received: Received, context: Context) -> pb.HandOverSealResponse:
        """Give a seal into another's keeping."""
        message = received.message
        act = _act("hand_over", message, message.why)
        work = self._desk.hand_over(certificate_of(context), act, message.revision, message.custodian, message.why)
        return pb.HandOverSealResponse(seal=seals.seal_message(await self.done("HandOverSeal", context, work)))

    async def make_seal(self, received: Received, context: Context) -> pb.MakeSealResponse:
        """Make an approved seal."""
        message = received.message
        work = self._desk.make(certificate_of(context), _act("make", message), message.revision)
        return pb.MakeSealResponse(seal=seals.seal_message(await self.done("MakeSeal", context, work)))

    async def get_seal(self, received: Received, context: Context) -> pb.GetSealResponse:
        """A seal."""
        work = self._desk.get(certificate_of(context), _act("read", received.message))
        return pb.GetSealResponse(seal=seals.seal_message(await self.done("GetSeal", context, work)))

    async def list_seals(self, received: Received, context: Context) -> pb.ListSealsResponse:
        """A page of seals."""
        message = received.message
        act = Act("list", basis_of(message.basis), register="seal")
        found = await self.done("ListSeals", context, self._desk.list(certificate_of(context), act, message.after))
        return pb.ListSealsResponse(seals=[seals.seal_message(item, whole=False) for item in found])

    async def seal(self, received: Received, context: Context) -> pb.SealResponse:
        """Seal one document or digest."""
        message = received.message
        work = self._sealed(context, _act("use", message), seals.GOES_ON.get(message.goes_on), [message.item])
        [sealed] = await self.done("Seal", context, work)
        return pb.SealResponse(sealed=_message(sealed))

    async def seal_batch(
        self, requests: AsyncIterator[Received], context: Context
    ) -> AsyncIterator[pb.SealBatchResponse]:
        """Seal batch by batch; the next is read when the last is answered, which holds a fast sender back."""
        async for received in requests:
            message = received.message
            response = pb.SealBatchResponse(batch_id=message.batch_id[:100])
            work = self._sealed(context, _act("use", message), SealedKind.FILE, list(message.items))
            outcome = await self.outcome("SealBatch", context, work)
            if isinstance(outcome, Refusal):
                response.error = status_of(outcome).SerializeToString()
            else:
                response.sealed.extend(map(_message, outcome))
            yield response

    async def seal_pdf(self, received: Received, context: Context) -> pb.SealPdfResponse:
        """Seal a PDF."""
        message = received.message
        at = (message.x, message.y) if message.x or message.y else USUAL
        work = self._pdfs.seal(certificate_of(context), _act("use", message), message.pdf, message.page, at)
        sealed = await self.done("SealPdf", context, work)
        return pb.SealPdfResponse(pdf=sealed.pdf, receipt=sealed.receipt, signature=sealed.signature)

    async def verify_sealed(self, received: Received, context: Context) -> pb.VerifySealedResponse:
        """Check what someone holds up."""
        message = received.message
        act = Act("check", basis_of(message.basis), register="seal")
        info = message.property_info if message.HasField("property_info") else None
        shown = Presented(message.document or None, message.digest, info, message.receipt)
        work = self._checks.check(certificate_of(context), act, message.sealed, shown)
        return seals.checked_message(*await self.done("VerifySealed", context, work))

    async def _sealed(
        self, context: Context, act: Act, goes_on: SealedKind | None, messages: list[pb.Item]
    ) -> list[Sealed] | Refusal:
        if goes_on is None:
            return await self._unknown(context, act, "goes_on")
        certificate = certificate_of(context)
        try:
            items = [seals.item_of(item, f"items[{at}]") for at, item in enumerate(messages)]
        except RuleError as error:
            return await self._desk.refuse(certificate, act, invalid(error))
        return await self._use.seal(certificate, act, goes_on, items)

    async def _unknown(self, context: Context, act: Act, field: str) -> Refusal:
        refusal = invalid(RuleError(field, "a known one is required"))
        return await self._desk.refuse(certificate_of(context), act, refusal)


def _act(action: str, message: Any, reason: str = "") -> Act:
    seal = getattr(message, "seal", "")
    return Act(action, basis_of(message.basis), reason=reason, register="seal", item=seal)


def _message(sealed: Sealed) -> pb.Sealed:
    return pb.Sealed(signature=sealed.signature, receipt=sealed.receipt)
