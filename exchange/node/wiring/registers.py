"""The wiring of what the node does itself: expiry, revocation lists."""

from exchange.acts.call import Call
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Node
from exchange.acts.road import Road
from exchange.errors import ExchangeError
from exchange.licensing import expiry as licenses
from exchange.node import revocation
from exchange.node.wiring.ledger import ledger_states, make_appender
from exchange.node.wiring.state import state_of
from exchange.pki.key_vault import KeyVault
from exchange.sealing import expiry as seals
from exchange.sealing.store import SealStore
from exchange.settings import Settings
from registry.connection import pool
from registry.database import Database
from registry.ledger.direct import DirectLedger
from registry.ledger.leaf import Pseudonyms
from registry.register import ledger_key_states, read_register
from registry.registrar import Registrar

_NO_LIMIT = float("inf")
EXPIRE = Call("Expire", b"", _NO_LIMIT, by=Node())


async def expire(settings: Settings, url: str) -> int:
    """Record expired licenses and seals; return how many. Delete keys that a crash left.

    Raises:
        ExchangeError: it is refused, which is on the record.
    """
    vault, database = KeyVault.of(settings), Database(url)
    async with pool(url, 1) as connections:
        async with connections.acquire() as connection:
            register, states = await read_register(connection), await ledger_key_states(connection)
        appender = make_appender(settings, vault, states)
        store = SealStore(connections, vault, appender)
        road = Road(DirectLedger(database, appender), Pseudonyms(vault.pseudonym_key()), _NO_LIMIT)
        road.state = state_of(register, vault)
        try:
            await store.sweep()
            found = (
                await licenses.record_expired(road, EXPIRE, connections, appender),
                await seals.record_expired(road, EXPIRE, store),
            )
        finally:
            await road.drain()
            await database.close()
    return sum(_required(count) for count in found)


def _required(count: int | Refusal) -> int:
    if isinstance(count, Refusal):
        raise ExchangeError(count.reason.status, count.reason.name, count.detail, count.field)
    return count


async def publish_revocations(settings: Settings, url: str, *, only_due: bool = False) -> None:
    """Write the CRLs of the registers at ``url``; see ``exchange.node.revocation``."""
    database = Database(url)
    try:
        registrar = await make_registrar(settings, database, "node")
        await revocation.publish(KeyVault.of(settings), database, registrar, only_due=only_due)
    finally:
        await database.close()


async def make_registrar(settings: Settings, database: Database, actor: str) -> Registrar:
    """Return a registrar that records changes in this node's ledger."""
    return Registrar(database, make_appender(settings, KeyVault.of(settings), await ledger_states(database)), actor)
