"""Desks on a database of their own, for tests of administration."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from exchange.acts.authenticator import Caller
from exchange.acts.authorization import Authorizer
from exchange.acts.call import Call
from exchange.acts.requester import Official, Proof
from exchange.acts.road import Road
from exchange.acts.state import NodeState
from exchange.admin.desk import Desk
from exchange.node.wiring.state import FINDERS
from exchange.pki.agency_seals import AgencySeals
from keys.notes import NoteSigner
from registry.agencies import Agency
from registry.connection import pool
from registry.database import Database
from registry.ledger.search import Filter, Found, search
from registry.people import Person
from registry.reading import read_register
from registry.register import Register
from registry.registrar import Registrar
from tests.support.ledgers import PSEUDONYMS, appender, ledger


@dataclass
class Office:
    """A desk, its database, and its people, who call by ``call``."""

    desk: Desk
    pool: asyncpg.Pool

    async def refresh(self) -> None:
        """Read the registers again, as a worker does after a change."""
        async with self.pool.acquire() as connection:
            self.become(await read_register(connection))

    def become(self, register: Register) -> None:
        """Let the node have this reading of the registers."""
        authorizer = Authorizer(register, FINDERS)
        self.desk.road.state = NodeState(register, authorizer, AgencySeals(register, {}, b""))  # type: ignore[arg-type]

    @property
    def register(self) -> Register:
        """The reading of the registers that the node has."""
        state = self.desk.road.state
        assert isinstance(state, NodeState)
        return state.register

    def call(self, official: Official | str) -> Call:
        """Return the call of a person, by id or as found elsewhere."""
        person = official if isinstance(official, str) else official.id
        return replace(Call("Test", b"", 10.0), certificate=person.encode())

    async def entries(self) -> list[Found]:
        """Return all entries, newest first."""
        async with self.pool.acquire() as connection:
            return await search(connection, Filter())


@asynccontextmanager
async def office(
    url: str, signer: NoteSigner, folder: Path, agencies: list[Agency], people: list[Person]
) -> AsyncIterator[Office]:
    """Open a desk with agencies and people on record; a call's certificate is the person's id."""
    database = Database(url)
    registrar = Registrar(database, appender(signer, folder), "tester")
    await registrar.add_agencies(agencies)
    await registrar.add_people(people)
    await database.close()
    async with ledger(url, signer, folder) as log, pool(url, 4, 30.0) as connections:
        road = Road(log, PSEUDONYMS, 1e6)
        road._authenticator.identify = _identify  # type: ignore[method-assign]
        found = Office(Desk(road, connections, appender(signer, folder)), connections)
        await found.refresh()
        yield found
        await road.drain()


def _identify(certificate: bytes, register: Register | None) -> Caller:
    """Identify a person by the id that a test gives as the certificate."""
    assert register is not None
    person = register.people[certificate.decode()]
    return Caller(person.id, Official(person, register.agencies[person.agency], Proof.CERTIFICATE))
