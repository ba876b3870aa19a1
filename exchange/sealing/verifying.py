"""Checks of presented e-seals, e-signatures and PDFs, with the register's state of the seal."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.register_act import RegisterAct, permit_entry
from exchange.pages.formats import kind_of
from exchange.pki.key_vault import KeyVault
from exchange.pki.seal_ca import trust_bundle
from exchange.sealing.checking import PresentedSeal, check_sealed
from exchange.sealing.service import SealService
from keys.errors import MalformedError
from keys.ses.checking import CheckedSeal
from keys.ses.proof import Presented
from keys.trust import TrustBundle
from registry.seals.records import get_seal
from registry.seals.states import SealState

Found = tuple[CheckedSeal, SealState | None, str]
"""The result of the check, the current state of a seal of this register, and the check's receipt."""


class SealChecks:
    """Checks for departments' systems."""

    def __init__(self, service: SealService, vault: KeyVault) -> None:
        self._service = service
        self._vault = vault

    async def check(self, call: Call, act: RegisterAct, sealed: bytes, shown: Presented) -> Found | Refusal:
        """Check an e-seal, an e-signature with its document, or a PDF."""

        async def work(permit: Permit[RegisterAct]) -> Found | Refusal:
            requester = permit.requester
            try:
                presented = PresentedSeal(kind_of(sealed), sealed, shown)
            except MalformedError as error:
                return Refusal(Reason.INVALID_REQUEST, str(error), "sealed")
            checked = await asyncio.to_thread(lambda: check_sealed(presented, self._bundle(), datetime.now(UTC)))
            state = await self._state(checked)
            about = replace(act, item=checked.seal.id if state and checked.seal else "")
            result = f"CHECKED_{checked.verdict.name}"
            entry = permit_entry(
                requester, about, result, sha256(sealed).hexdigest(), "", self._service.road.pseudonyms
            )
            return checked, state, await self._service.road.ledger.record(entry)

        return await perform(self._service.road, call, act, work)

    def _bundle(self) -> TrustBundle:
        return trust_bundle(self._vault, [])

    async def _state(self, checked: CheckedSeal) -> SealState | None:
        if checked.seal is None:
            return None
        async with self._service.pool.acquire() as connection:
            known = await get_seal(connection, checked.seal.id)
        return known.state if known and known.eseal == checked.seal.raw else None
