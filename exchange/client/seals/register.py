"""The client's methods for the register of seals: apply, change, hand over, make and list."""

from collections.abc import AsyncIterator

from yici.registry.v1 import seal_pb2 as pb

from exchange.client.seals.base import SERVICE, SealConnection
from exchange.client.seals.views import SealView, view_of
from exchange.errors import ExchangeError
from exchange.services.wire.asking import basis_message
from exchange.services.wire.seals import CHANGES, KINDS
from registry.basis import Basis
from registry.seals.kinds import SealKind
from registry.seals.states import SealChange


class RegisterClient(SealConnection):
    """Applies for seals, changes them, and reads the register."""

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
        return view_of((await self._ask("ApplySeal", request, pb.ApplySealResponse)).seal)

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
        return view_of((await self._ask("ChangeSeal", request, pb.ChangeSealResponse)).seal)

    async def hand_over(self, basis: Basis, seal: SealView, custodian: str, reason: str) -> SealView:
        """Transfer a seal to another custodian.

        Raises:
            ExchangeError: as ``apply``.
        """
        request = pb.HandOverSealRequest(
            basis=basis_message(basis), seal=seal.id, revision=seal.revision, custodian=custodian, reason=reason
        )
        return view_of((await self._ask("HandOverSeal", request, pb.HandOverSealResponse)).seal)

    async def make(self, basis: Basis, seal: SealView) -> SealView:
        """Make an approved seal.

        Raises:
            ExchangeError: as ``apply``.
        """
        request = pb.MakeSealRequest(basis=basis_message(basis), seal=seal.id, revision=seal.revision)
        return view_of((await self._ask("MakeSeal", request, pb.MakeSealResponse)).seal)

    async def get(self, basis: Basis, seal: str) -> SealView:
        """Return a seal.

        Raises:
            ExchangeError: as ``apply``.
        """
        request = pb.GetSealRequest(basis=basis_message(basis), seal=seal)
        message = (await self._ask("GetSeal", request, pb.GetSealResponse)).seal
        if message.id != seal:
            raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", "another seal came back")
        return view_of(message)

    async def seals(self, basis: Basis) -> AsyncIterator[SealView]:
        """Yield one's own seals, or for the exchange authority all seals.

        Raises:
            ExchangeError: as ``apply``.
        """
        request = pb.ListSealsRequest(basis=basis_message(basis))
        async for page in self.pages(SERVICE, "ListSeals", request, pb.ListSealsResponse):
            for item in page.seals:
                yield view_of(item)
