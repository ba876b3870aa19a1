"""Fault tests of commands that crash between a change of the registers and that of the key store."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest

from exchange.demo.city import City
from exchange.node.wiring.ledger import ledger_states
from exchange.node.wiring.postgres import database_url
from exchange.node.wiring.registers import expire
from exchange.pki.key_vault import KeyVault
from registry.connection import connect
from registry.database import Database
from registry.seals.records import get_seal
from tests.conftest import OpenCity
from tests.support.stamps import made

CRASH = """
import os, sys
from exchange.sealing.store import SealStore
from registry.registrar import Registrar
setattr({where}, "{what}", lambda *_: os._exit(9))
from exchange.cli.main import main
main()
"""


def crash(city: City, where: str, *command: str) -> None:
    """Run a command whose process ends where it calls a method."""
    what, _, method = where.partition(".")
    text = CRASH.format(where=what, what=method)
    arguments = [*command, "--why", "试验", "--data", str(city.data)]
    assert subprocess.run([sys.executable, "-c", text, *arguments], timeout=120).returncode == 9


@pytest.fixture(scope="module")
def stopped(open_city: OpenCity) -> Iterator[City]:
    """A city whose keys commands change."""
    with open_city() as town:
        yield town


async def test_keys_of_a_destroyed_seal_are_deleted_after_a_crash(stopped: City) -> None:
    seal, url = (await made(stopped)).id, database_url(stopped.settings)
    store = KeyVault.of(stopped.settings).store
    keys = {f"seal-{seal}", f"seal-{seal}-sm2"}
    assert keys <= set(store.names())
    await asyncio.to_thread(crash, stopped, "SealStore._destroy_keys", "seal", "destroy", seal)
    assert keys <= set(store.names())
    await expire(stopped.settings, url)  # as at each start
    assert not keys & set(store.names())
    connection = await connect(url)
    found = await get_seal(connection, seal)
    await connection.close()
    assert found is not None
    assert found.state == "destroyed"


async def test_a_ledger_key_whose_entry_a_crash_prevents_signs_nothing(stopped: City) -> None:
    vault, database = KeyVault.of(stopped.settings), Database(database_url(stopped.settings))
    before = [signer.key for signer in vault.ledger_signers(await ledger_states(database))]
    await asyncio.to_thread(crash, stopped, "Registrar.set_ledger_key", "keys", "rotate-ledger")
    assert vault.ledger_keys()[0] not in before
    assert [signer.key for signer in vault.ledger_signers(await ledger_states(database))] == before
