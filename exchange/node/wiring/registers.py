"""The wiring of what the node does itself: expiry, revocation lists."""

from exchange.acts.call import Call
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Node
from exchange.errors import ExchangeError
from exchange.licensing import expiry as licenses
from exchange.node import revocation
from exchange.node.wiring.direct import open_direct
from exchange.node.wiring.folder import open_folder
from exchange.node.wiring.ledger import ledger_states, make_appender
from exchange.pki.key_vault import KeyVault
from exchange.sealing import expiry as seals
from exchange.settings import Settings
from registry.database import Database
from registry.registrar import Registrar

_NO_LIMIT = float("inf")
EXPIRE = Call("Expire", b"", _NO_LIMIT, by=Node())


async def expire(settings: Settings, url: str) -> int:
    """Record expired licenses and seals; return how many. Delete keys that a crash left.

    Raises:
        ExchangeError: it is refused, which is on the record.
    """
    async with open_direct(settings, url) as direct, direct.seal_store() as store:
        await store.sweep()
        found = (
            await licenses.record_expired(direct.road, EXPIRE, store.pool, direct.appender),
            await seals.record_expired(direct.road, EXPIRE, store),
        )
    return sum(_required(count) for count in found)


def _required(count: int | Refusal) -> int:
    if isinstance(count, Refusal):
        raise ExchangeError(count.reason.status, count.reason.name, count.detail, count.field)
    return count


async def publish_revocations(settings: Settings, url: str, *, only_due: bool = False) -> None:
    """Write the CRLs of the registers at ``url``; see ``exchange.node.revocation``."""
    async with open_folder(settings, url) as folder:
        registrar = await make_registrar(settings, folder.database, "node")
        await revocation.publish(folder.vault, folder.database, registrar, only_due=only_due)


async def make_registrar(settings: Settings, database: Database, actor: str) -> Registrar:
    """Return a registrar that records changes in this node's ledger."""
    return Registrar(database, make_appender(settings, KeyVault.of(settings), await ledger_states(database)), actor)
