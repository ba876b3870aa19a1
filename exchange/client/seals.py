"""The Python client for e-seals.

::

    async with SealClient("node:7443", certificate=…, key=…, trust=folder) as client:
        sealed = await client.seal(basis, "32050000000001", b"…")
        page = await client.seal_pdf(basis, "32050000000001", pdf)

E-signatures, and those of PDFs, are checked against the trust bundle before they are returned; batches are not.
"""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import grpc
from yici.registry.v1 import seal_pb2 as pb

from exchange.client.connection import Connection
from exchange.client.failures import error_in, translated
from exchange.client.messages import known, time_in, understood
from exchange.client.sealed_page import require_pdf_support, require_sealed_page
from exchange.errors import ExchangeError
from exchange.services.wire.asking import basis_message
from exchange.services.wire.seals import CHANGES, KINDS, STATES, TARGET_KINDS, VERDICTS
from keys.evidence import Step, Verdict
from keys.ses.checking import CheckedSeal, check_signature
from keys.ses.proof import Presented
from keys.sm3 import sm3
from registry.basis import Basis
from registry.seals.kinds import SealKind, TargetKind
from registry.seals.life import SealChange, SealState

_SERVICE = "/yici.registry.v1.SealService/"


@dataclass(frozen=True, slots=True)
class SealView:
    """A seal from a node; ``eseal`` and ``picture`` are empty until it is made, and in lists."""

    id: str
    agency: str
    kind: SealKind
    name: str
    state: SealState
    revision: int
    holder: str
    valid_from: datetime | None
    valid_to: datetime | None
    eseal: bytes
    picture: bytes
    reason: str
    custodian: str


@dataclass(frozen=True, slots=True)
class SealedItem:
    """An SES_Signature (DER), the receipt of the seal's use, and the sealed PDF, if any."""

    signature: bytes
    receipt: str
    pdf: bytes = b""


@dataclass(frozen=True, slots=True)
class Checked:
    """A node's check of a presented object; ``state`` is the current state of a seal in its register."""

    verdict: Verdict
    steps: tuple[Step, ...]
    seal: str
    name: str
    signed_by: str
    proven_at: datetime | None
    state: SealState | None
    receipt: str


class SealClient(Connection):
    """A system's connection to a node, for seals."""

    async def apply(
        self, basis: Basis, kind: SealKind, name: str, custodian: str, holder: str = "", years: int = 3
    ) -> SealView:
        """Apply for a seal of one's agency; ``custodian`` will keep it, ``holder`` is named on a name seal.

        Raises:
            ExchangeError: the request was refused or failed; says why.
        """
        request = pb.ApplySealRequest(
            basis=basis_message(basis), kind=KINDS.numbers[kind], name=name, holder=holder, years=years,
            custodian=custodian,
        )  # fmt: skip
        return _view((await self._ask("ApplySeal", request, pb.ApplySealResponse)).seal)

    async def change(self, basis: Basis, seal: SealView, change: SealChange, reason: str) -> SealView:
        """Approve, refuse, suspend, resume or destroy a seal.

        Raises:
            ExchangeError: as ``apply``.
        """
        request = pb.ChangeSealRequest(
            basis=basis_message(basis),
            seal=seal.id,
            revision=seal.revision,
            change=CHANGES.numbers[change],
            reason=reason,
        )
        return _view((await self._ask("ChangeSeal", request, pb.ChangeSealResponse)).seal)

    async def hand_over(self, basis: Basis, seal: SealView, custodian: str, reason: str) -> SealView:
        """Transfer a seal to another custodian.

        Raises:
            ExchangeError: as ``apply``.
        """
        request = pb.HandOverSealRequest(
            basis=basis_message(basis), seal=seal.id, revision=seal.revision, custodian=custodian, reason=reason
        )
        return _view((await self._ask("HandOverSeal", request, pb.HandOverSealResponse)).seal)

    async def make(self, basis: Basis, seal: SealView) -> SealView:
        """Make an approved seal.

        Raises:
            ExchangeError: as ``apply``.
        """
        request = pb.MakeSealRequest(basis=basis_message(basis), seal=seal.id, revision=seal.revision)
        return _view((await self._ask("MakeSeal", request, pb.MakeSealResponse)).seal)

    async def get(self, basis: Basis, seal: str) -> SealView:
        """Return a seal.

        Raises:
            ExchangeError: as ``apply``.
        """
        request = pb.GetSealRequest(basis=basis_message(basis), seal=seal)
        found = (await self._ask("GetSeal", request, pb.GetSealResponse)).seal
        if found.id != seal:
            raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "another seal came back")
        return _view(found)

    async def seals(self, basis: Basis) -> AsyncIterator[SealView]:
        """Yield one's own seals, or for the exchange authority all seals.

        Raises:
            ExchangeError: as ``apply``.
        """
        request = pb.ListSealsRequest(basis=basis_message(basis))
        async for page in self.pages(_SERVICE, "ListSeals", request, pb.ListSealsResponse):
            for item in page.seals:
                yield _view(item)

    async def seal(
        self, basis: Basis, seal: str, document: bytes, info: str = "", target_kind: TargetKind = TargetKind.FILE
    ) -> SealedItem:
        """Seal a document, of which only the digest is sent.

        Raises:
            ExchangeError: as ``apply``.
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
            ExchangeError: as ``apply``.
        """
        call: Any = None
        try:
            async for digests in batches:
                items = [pb.SealItem(digest=digest) for digest in digests]
                call = call or self.stream(f"{_SERVICE}SealBatch", pb.SealBatchResponse)
                await call.write(pb.SealBatchRequest(basis=basis_message(basis), seal=seal, items=items))
                response = await call.read()
                if response is grpc.aio.EOF:
                    raise ExchangeError("UNAVAILABLE", "STREAM_BROKEN", "the stream broke; send the batch again")
                if understood(response).error:
                    raise error_in(response.error)
                if len(response.sealed) != len(digests):
                    raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "signatures are not as many as digests")
                yield [SealedItem(item.signature, item.receipt) for item in response.sealed]
            if call is not None:
                await call.done_writing()
        except grpc.aio.AioRpcError as error:
            raise translated(error) from error
        finally:
            if call is not None:
                call.cancel()

    async def seal_pdf(
        self, basis: Basis, seal: str, pdf: bytes, page: int = 0, at: tuple[float, float] = (0, 0)
    ) -> SealedItem:
        """Seal a PDF; ``page`` from 1 (0 is the last), ``at`` in mm from left and top.

        The page is checked with pyHanko, which ``yici[pdf]`` installs.

        Raises:
            ExchangeError: as ``apply``.
        """
        require_pdf_support()
        request = pb.SealPdfRequest(
            basis=basis_message(basis), seal=seal, pdf=pdf, page_number=page, x_mm=at[0], y_mm=at[1]
        )
        response = await self._ask("SealPdf", request, pb.SealPdfResponse)
        shown = Presented(pdf, receipt=response.receipt)
        found = self._check(response.signature, seal, shown)
        await require_sealed_page(self, response.pdf, pdf, found.signed_by)
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
            ExchangeError: as ``apply``.
        """
        request = pb.VerifySealedRequest(
            basis=basis_message(basis), sealed=sealed, document=document, digest=digest, receipt=receipt,
            property_info=info,
        )  # fmt: skip
        found = await self._ask("VerifySealed", request, pb.VerifySealedResponse)
        verdict = known(VERDICTS.members, found.verdict, "verdict")
        steps = tuple(Step(one.name, known(VERDICTS.members, one.verdict, "steps"), one.detail) for one in found.steps)
        return Checked(
            verdict, steps, found.seal, found.name, found.signed_by, time_in(found, "proof_time"),
            STATES.members.get(found.state), found.receipt,
        )  # fmt: skip

    def _check(self, signature: bytes, seal: str, shown: Presented) -> CheckedSeal:
        if not shown.receipt:
            raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "the signature has no receipt")
        now = datetime.now(UTC)
        found = self.judged(lambda trust: check_signature(signature, shown, trust, now))
        if wrong := [step for step in found.steps if step.verdict is Verdict.INVALID]:
            raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", f"{wrong[0].name}: {wrong[0].detail}")
        if found.seal is None or found.seal.id != seal:
            raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "sealed with another seal than the one asked for")
        return found

    async def _ask(self, method: str, request: Any, shape: type[Any]) -> Any:
        return (await self.call(_SERVICE, method, request, shape))[0]


def _view(item: pb.ElectronicSeal) -> SealView:
    return SealView(
        item.id, item.agency, known(KINDS.members, item.kind, "kind"), item.name,
        known(STATES.members, item.state, "state"),
        item.revision, item.holder, time_in(item, "valid_from_time"), time_in(item, "valid_to_time"),
        item.eseal, item.picture, item.reason, item.custodian,
    )  # fmt: skip
