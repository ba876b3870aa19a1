"""The client's methods for the use of seals: sealing documents, digests and PDFs, and checking."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

from yici.registry.v1 import seal_pb2 as pb

from exchange.client.batches import answered_batches
from exchange.client.messages import known, time_in
from exchange.client.sealed_page import require_pdf_support, require_sealed_page
from exchange.client.seals.base import SERVICE, SealConnection
from exchange.client.seals.views import Checked, SealedItem
from exchange.errors import ExchangeError
from exchange.services.wire.asking import basis_message
from exchange.services.wire.seals import STATES, TARGET_KINDS, VERDICTS
from keys.evidence import Step, Verdict
from keys.ses.checking import CheckedSeal, check_signature
from keys.ses.proof import Presented
from keys.sm3 import sm3
from registry.basis import Basis
from registry.seals.kinds import TargetKind


class UsingClient(SealConnection):
    """Seals, and has the node check what is sealed."""

    async def seal(
        self, basis: Basis, seal: str, document: bytes, info: str = "", target_kind: TargetKind = TargetKind.FILE
    ) -> SealedItem:
        """Seal a document, of which only the digest is sent.

        Raises:
            ExchangeError: the request was refused or failed; says why.
        """
        digest = sm3(document)
        request = pb.SealRequest(
            basis=basis_message(basis), seal=seal, item=pb.SealItem(digest=digest, property_info=info),
            target_kind=TARGET_KINDS.numbers[target_kind],
        )  # fmt: skip
        response = await self._ask("Seal", request, pb.SealResponse)
        self._check(response.sealed.signature, seal, Presented(None, digest, info, response.sealed.receipt))
        return SealedItem(response.sealed.signature, response.sealed.receipt)

    async def seal_batch(
        self, basis: Basis, seal: str, batches: AsyncIterable[Sequence[bytes]]
    ) -> AsyncIterator[list[SealedItem]]:
        """Seal batches of at most 1,000 SM3 digests, each completely or not at all.

        Signatures are returned unchecked: whether to check thousands is the caller's decision.

        Raises:
            ExchangeError: as ``seal``.
        """

        def request(_number: int, digests: Sequence[bytes]) -> pb.SealBatchRequest:
            items = [pb.SealItem(digest=digest) for digest in digests]
            return pb.SealBatchRequest(basis=basis_message(basis), seal=seal, items=items)

        path = f"{SERVICE}SealBatch"
        async with aclosing(answered_batches(self, path, pb.SealBatchResponse, batches, request)) as answered:
            async for digests, response in answered:
                if len(response.sealed) != len(digests):
                    raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "signatures are not as many as digests")
                yield [SealedItem(item.signature, item.receipt) for item in response.sealed]

    async def seal_pdf(
        self, basis: Basis, seal: str, pdf: bytes, page: int = 0, at: tuple[float, float] = (0, 0)
    ) -> SealedItem:
        """Seal a PDF; ``page`` from 1 (0 is the last), ``at`` in mm from left and top.

        The page is checked with pyHanko, which ``yici[pdf]`` installs.

        Raises:
            ExchangeError: as ``seal``.
        """
        require_pdf_support()
        request = pb.SealPdfRequest(
            basis=basis_message(basis), seal=seal, pdf=pdf, page_number=page, x_mm=at[0], y_mm=at[1]
        )
        response = await self._ask("SealPdf", request, pb.SealPdfResponse)
        shown = Presented(pdf, receipt=response.receipt)
        checked = self._check(response.signature, seal, shown)
        await require_sealed_page(self, response.pdf, pdf, checked.signed_by)
        return SealedItem(response.signature, response.receipt, response.pdf)

    async def verify(
        self,
        basis: Basis,
        sealed: bytes,
        document: bytes = b"",
        digest: bytes = b"",
        receipt: str = "",
        info: str | None = None,
    ) -> Checked:
        """Have the node check an e-seal, e-signature or PDF; ``info`` is the scope.

        Raises:
            ExchangeError: as ``seal``.
        """
        request = pb.VerifySealedRequest(
            basis=basis_message(basis), sealed=sealed, document=document, digest=digest, receipt=receipt,
            property_info=info,
        )  # fmt: skip
        response = await self._ask("VerifySealed", request, pb.VerifySealedResponse)
        verdict = known(VERDICTS.members, response.verdict, "verdict")
        steps = tuple(
            Step(one.name, known(VERDICTS.members, one.verdict, "steps"), one.detail) for one in response.steps
        )
        return Checked(
            verdict, steps, response.seal, response.name, response.signed_by, time_in(response, "proof_time"),
            STATES.members.get(response.state), response.receipt,
        )  # fmt: skip

    def _check(self, signature: bytes, seal: str, shown: Presented) -> CheckedSeal:
        if not shown.receipt:
            raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "the signature has no receipt")
        now = datetime.now(UTC)
        checked = self.judged(lambda trust: check_signature(signature, shown, trust, now))
        if wrong := [step for step in checked.steps if step.verdict is Verdict.INVALID]:
            raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", f"{wrong[0].name}: {wrong[0].detail}")
        if checked.seal is None or checked.seal.id != seal:
            raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "sealed with another seal than the one asked for")
        return checked
