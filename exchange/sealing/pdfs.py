"""Sealing of PDFs: a visible PAdES seal, with an attached e-signature of the unsealed file."""

import asyncio
import math
from hashlib import sha256

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.pages.seal_picture import millimetres
from exchange.pages.spot import At
from exchange.pki.key_vault import KeyVault, issuing_der
from exchange.sealing.checking import ATTACHED, ATTACHED_RECEIPT, scope_of
from exchange.sealing.service import Sealed, SealService
from exchange.sealing.using import SealUse, ToSeal
from keys.timestamp_authority import TimestampAuthority
from registry.errors import RuleError
from registry.seals.kinds import TargetKind
from registry.seals.seal import Seal

_PLACEHOLDERS = tuple((name, b"...", "application/octet-stream") for name in (ATTACHED, ATTACHED_RECEIPT))


class PdfSealing:
    """Seals PDFs for departments' systems."""

    def __init__(self, service: SealService, use: SealUse, vault: KeyVault, tsa: TimestampAuthority) -> None:
        self._service = service
        self._use = use
        self._vault = vault
        self._tsa = tsa

    async def seal(self, call: Call, act: RegisterAct, pdf: bytes, at: At | None = None) -> Sealed | Refusal:
        """Seal a PDF; the first seal attaches the e-signature of the unsealed file, and the receipt."""

        async def work(permit: Permit[RegisterAct]) -> Sealed | Refusal:
            if at and not (math.isfinite(at.x) and math.isfinite(at.y)):
                raise RuleError("x_mm", "x_mm and y_mm must be numbers")
            allowed = self._use.allowed(permit, act.item, TargetKind.PDF)
            if isinstance(allowed, Refusal):
                return allowed
            # Sealed once with placeholders of the attachments, so that uses are counted only if sealing succeeds; and
            # again after its entry, since the seal is also over the entry's receipt.
            trial = await self.page(allowed.seal, pdf, at, _PLACEHOLDERS)
            if isinstance(trial, Refusal):
                return trial
            signatures = await self._use.sign(allowed.seal, [ToSeal.document(pdf, scope_of(len(pdf)))])
            if isinstance(signatures, Refusal):
                return signatures
            [signature] = signatures
            receipts = await self._use.use(allowed, [sha256(signature).hexdigest()])
            if isinstance(receipts, Refusal):
                return receipts
            [receipt] = receipts
            attached = (
                (ATTACHED, signature, "application/octet-stream"),
                (ATTACHED_RECEIPT, receipt.encode(), "text/plain"),
            )
            sealed = await self.page(allowed.seal, pdf, at, attached)
            return sealed if isinstance(sealed, Refusal) else Sealed(signature, receipt, sealed)

        return await perform(self._service.road, call, act, work)

    async def page(
        self,
        seal: Seal,
        pdf: bytes,
        at: At | None = None,
        attached: tuple[tuple[str, bytes, str], ...] = (),
    ) -> bytes | Refusal:
        """Return a sealed PDF; the caller records the use.

        Raises:
            RuleError: the PDF cannot be sealed.
        """
        # Imported on first use, since it takes a second, and serving does not need it.
        from exchange.pages.pades import Attachment, Stamping, seal_pdf  # noqa: PLC0415
        from exchange.pages.place import Appearance  # noqa: PLC0415

        signer = self._use.signer(seal, seal.key_name)
        if isinstance(signer, Refusal):
            return signer
        stamping = Stamping(signer, (seal.certificate, issuing_der(self._vault)), self._tsa)
        files = [Attachment(*item) for item in attached]
        appearance = Appearance(seal.picture, millimetres(seal), at)
        return await asyncio.to_thread(seal_pdf, pdf, files, stamping, appearance)
