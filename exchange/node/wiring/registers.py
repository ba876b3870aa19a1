"""The wiring of what changes registers outside of workers and commands: expiry, revocation lists."""

from exchange.licensing.expiry import record_expired
from exchange.node import revocation
from exchange.node.wiring.ledger import make_appender, make_registrar
from exchange.pki.key_vault import KeyVault
from exchange.sealing.store import SealStore
from exchange.settings import Settings
from keys.leaf.facts import RegisterFacts
from registry.connection import pool
from registry.database import Database
from registry.ledger.leaf import Entry, Opening, Pseudonyms
from registry.register import ledger_key_states, read_register
from registry.seals.seal import Seal


async def expire(settings: Settings, url: str) -> int:
    """Record expired licenses and seals; return how many."""
    vault = KeyVault.of(settings)
    async with pool(url, 1) as connections, connections.acquire() as connection:
        register = await read_register(connection)
        appender = make_appender(settings, vault, await ledger_key_states(connection))
        licenses = await record_expired(connection, register, appender, Pseudonyms(vault.pseudonym_key()))
        store = SealStore(connections, vault, appender)
        return licenses + await store.expire(connection, _entry)


def _entry(result: str, seal: Seal) -> Entry:
    facts = RegisterFacts("register.seal", "permit", result, seal.id, seal.agency)
    return Entry(facts, Opening(officer="registry", request=seal.why))


async def publish_revocations(settings: Settings, url: str, *, only_due: bool = False) -> None:
    """Write the CRLs of the registers at ``url``; see ``exchange.node.revocation``."""
    database = Database(url)
    try:
        registrar = await make_registrar(settings, database, "node")
        await revocation.publish(KeyVault.of(settings), database, registrar, only_due=only_due)
    finally:
        await database.close()
