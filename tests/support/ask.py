"""Helpers for scenarios with queries."""

from collections.abc import Sequence

from exchange.client import Client, Subject
from exchange.demo.city import City
from registry.basis import Basis
from registry.claims import Claim, Operator
from registry.connection import connect
from registry.identifiers import SubjectKind
from registry.ledger.search import Filter, Found, search

APPLICANT = Subject(SubjectKind.CITIZEN_ID, "650102199406180284")
NAME = "阿依努尔·买买提"
HUKOU = "《中华人民共和国户口登记条例》第十条"
BASIS = Basis("talent-settlement", "2026-0001", HUKOU, "王科员")
TRIAL = Basis("many", "2026-0002", "试验依据", "王科员")
IS_NAME = Claim("name", Operator.EQ, (NAME,))
IS_NORMAL = Claim("status", Operator.EQ, ("normal",))


async def newest(city: City, count: int = 1, **wanted: str) -> list[Found]:
    """Return the newest entries of the city's ledger."""
    return await found_in(city, Filter(**wanted), count)  # type: ignore[arg-type]


async def found_in(city: City, wanted: Filter, count: int = 100) -> list[Found]:
    """Return entries of the city's ledger."""
    connection = await connect(city.settings.database.url or city.world.postgres.replace("/departments", "/yici"))
    try:
        return await search(connection, wanted, count)
    finally:
        await connection.close()


async def holds(client: Client, claims: Sequence[Claim] = (IS_NAME, IS_NORMAL)) -> bool:
    """Return whether claims about the applicant match."""
    return (await client.verify(BASIS, "identity.person", APPLICANT, claims)).holds
