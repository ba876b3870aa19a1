"""Use of seals on documents or digests; each use is recorded before its result is returned.

A use is one transaction: the seal is active, the rule's limits are not exceeded, and the entry is appended; otherwise
nothing is sealed. Signatures are made before it, on all processors, and discarded if it fails.
"""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import asyncpg

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal, disagrees
from exchange.acts.register_act import RegisterAct
from exchange.sealing.access import not_in_use, over_use, rules_of
from exchange.sealing.service import Sealed, SealService
from keys.errors import KeysError
from keys.ses.proof import USE_REASON
from keys.ses.writing import Sealing, write_signature
from keys.sm3 import sm3
from keys.store import KeyStore
from keys.suites import Signer
from keys.timestamp_authority import TimestampAuthority
from registry.china import CHINA
from registry.errors import RuleError
from registry.ledger.appender import TransactionalAppender
from registry.seals.kinds import TargetKind
from registry.seals.records import count_use, rule_in_force, usable_state
from registry.seals.rules import SealRule
from registry.seals.seal import Seal
from registry.seals.states import SealState

MAX_BATCH = 1000
_DIGEST = 32
_MAX_INFO = 200


@dataclass(frozen=True, slots=True)
class ToSeal:
    """The SM3 digest to sign, and in ASCII the document or part that it is of."""

    digest: bytes
    property_info: str = ""

    @classmethod
    def document(cls, data: bytes, property_info: str = "") -> "ToSeal":
        """Return the digest of a whole document."""
        return cls(sm3(data), property_info)


@dataclass(frozen=True, slots=True)
class Allowed:
    """A seal in force, the permit to use it, and the rules that each permit it."""

    seal: Seal
    use: Permit[RegisterAct]
    rules: tuple[SealRule, ...]


class SealUse:
    """Seals for departments' systems."""

    def __init__(
        self,
        service: SealService,
        keys: KeyStore,
        tsa: TimestampAuthority,
        appender: TransactionalAppender,
        threads: int = 0,
    ) -> None:
        """Create threads for signing; ``tsa`` stamps each signature; ``appender`` is the ledger's."""
        self._service = service
        self._keys = keys
        self._tsa = tsa
        self._appender = appender
        self._threads = ThreadPoolExecutor(threads or os.cpu_count() or 1, "seal")

    def close(self) -> None:
        """Stop the threads after their current work."""
        self._threads.shutdown()

    async def seal(
        self, call: Call, act: RegisterAct, target_kind: TargetKind, items: Sequence[ToSeal]
    ) -> list[Sealed] | Refusal:
        """Return an SES_Signature of each item, with the receipt of its use."""

        async def work(permit: Permit[RegisterAct]) -> list[Sealed] | Refusal:
            _check(items)
            allowed = self.allowed(permit, act.item, target_kind)
            if isinstance(allowed, Refusal):
                return allowed
            signatures = await self.sign(allowed.seal, items)
            if isinstance(signatures, Refusal):
                return signatures
            receipts = await self.use(allowed, [sha256(item).hexdigest() for item in signatures])
            if isinstance(receipts, Refusal):
                return receipts
            return [Sealed(*pair) for pair in zip(signatures, receipts, strict=True)]

        return await perform(self._service.road, call, act, work)

    def allowed(self, permit: Permit[RegisterAct], seal_id: str, target_kind: TargetKind) -> Allowed | Refusal:
        """Return a seal, if the requester may use it now."""
        register = permit.state.register
        if register.departed.has("seal", seal_id):
            return disagrees("this seal", "seal")
        seal = register.seals.get(seal_id)
        if seal is None:  # the register has active seals alone
            return not_in_use(seal_id)
        use = over_use(permit, seal, target_kind)
        return use if isinstance(use, Refusal) else Allowed(seal, use, rules_of(use))

    def signer(self, seal: Seal, key: str) -> Signer | Refusal:
        """Return the signer of a seal's key, if this node has it and can use it."""
        try:
            return self._keys.signer(key)
        except KeysError as error:
            return Refusal(Reason.SEAL_UNAVAILABLE, f"seal {seal.id}: {error}")

    async def sign(self, seal: Seal, items: Sequence[ToSeal]) -> list[bytes] | Refusal:
        """Return SES_Signatures of items, made on all threads; do not release them before ``use``."""
        signer = self.signer(seal, seal.national_key_name)
        if isinstance(signer, Refusal):
            return signer
        sealing = Sealing(seal.eseal, signer, seal.national_certificate, self._tsa)
        at = datetime.now(UTC)
        loop = asyncio.get_running_loop()
        return await asyncio.gather(
            *[
                loop.run_in_executor(self._threads, write_signature, sealing, item.digest, at, item.property_info)
                for item in items
            ]
        )

    async def use(self, allowed: Allowed, digests: Sequence[str]) -> list[str] | Refusal:
        """Count and record uses, each by the digest of its result; return the receipts.

        Refused if the seal was deactivated meanwhile, or a limit is exceeded.
        """
        async with self._service.pool.acquire() as connection, connection.transaction():
            return await self.use_in(connection, allowed, digests)

    async def use_in(
        self, connection: asyncpg.Connection, allowed: Allowed, digests: Sequence[str]
    ) -> list[str] | Refusal:
        """Count and record uses in the caller's transaction; a refusal has written nothing."""
        seal, use = allowed.seal, allowed.use
        # The policies decided by an earlier reading; these are the register's state and counts, locked for this use.
        if await usable_state(connection, seal.id) is not SealState.ACTIVE:
            return Refusal(Reason.SEAL_NOT_IN_USE, f"seal {seal.id} was taken out of use", "seal")
        if not await _counted(connection, allowed.rules, len(digests)):
            return Refusal(Reason.QUOTA_USED_UP, f"no rule allows {len(digests)} more uses of seal {seal.id}", "seal")
        # Whatever the act, the entry is that of the seal's use, and no other entry has this form.
        entries = [self._service.entry(use.requester, use.act, USE_REASON, seal, digest) for digest in digests]
        appended = await self._appender.record(connection, entries)
        return [appended.receipt(at) for at in range(len(entries))]


async def _counted(connection: asyncpg.Connection, rules: Sequence[SealRule], number: int) -> bool:
    """Count uses under the first rule in force with room for all of them; other rules are not charged."""
    for rule in rules:
        if not await rule_in_force(connection, rule.id):
            continue
        part = connection.transaction()
        await part.start()
        if await count_use(connection, rule, datetime.now(CHINA).date(), number):
            await part.commit()
            return True
        await part.rollback()
    return False


def _check(items: Sequence[ToSeal]) -> None:
    if not 0 < len(items) <= MAX_BATCH:
        raise RuleError("items", f"1 to {MAX_BATCH} a call")
    for at, item in enumerate(items):
        if len(item.digest) != _DIGEST:
            raise RuleError(f"items[{at}].digest", "must be an SM3 digest, 32 bytes")
        if len(item.property_info) > _MAX_INFO or not item.property_info.isascii():
            raise RuleError(f"items[{at}].property_info", f"at most {_MAX_INFO} characters of ASCII")
