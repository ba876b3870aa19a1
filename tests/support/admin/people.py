"""Permitted calls of ``PersonService``."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from exchange.client.admin import AdminClient, PersonView
from exchange.demo.city import City

WHY, ADMINISTRATOR, POLICE = "人员变动", "p-0102", "113205000000140157"
TABLE = {"PersonService": "person"}
WRONG = {f"PersonService.{verb}Person": "p-0103" for verb in ("Create", "Suspend", "Resume", "End")}
_NUMBERS = count(9001)


async def enrolled(client: AdminClient) -> PersonView:
    """Enrol another person of the police."""
    return await client.enrol_person(POLICE, str(next(_NUMBERS)), "王芳", ["request"], WHY)


async def create_person(city: City) -> AsyncIterator[None]:
    async with city.admin(ADMINISTRATOR) as client:
        yield
        await enrolled(client)


async def get_person(city: City) -> AsyncIterator[None]:
    async with city.admin("p-0301") as client:
        yield
        await client.person("p-0302")


async def get_self(city: City) -> AsyncIterator[None]:
    async with city.admin("p-0301") as client:
        yield
        await client.myself()


async def list_people(city: City) -> AsyncIterator[None]:
    async with city.admin("p-0301") as client:
        yield
        async with aclosing(client.people(POLICE)) as found:  # type: ignore[type-var]
            await anext(found)


async def set_deputy(city: City) -> AsyncIterator[None]:
    now = datetime.now(UTC)
    async with city.admin("p-0301") as client:
        found = await client.myself()
        yield
        await client.set_deputy(found, "p-0302", now, now + timedelta(days=1), WHY)


def _case(step: Callable[[AdminClient, PersonView], Any]) -> Callable[[City], AsyncIterator[None]]:
    async def case(city: City) -> AsyncIterator[None]:
        async with city.admin(ADMINISTRATOR) as client:
            found = await enrolled(client)
            yield
            await step(client, found)

    return case


async def resume_person(city: City) -> AsyncIterator[None]:
    async with city.admin(ADMINISTRATOR) as client:
        found = await client.suspend_person(await enrolled(client), WHY)
        yield
        await client.resume_person(found, WHY)


CASES = {
    "PersonService.CreatePerson": create_person,
    "PersonService.GetPerson": get_person,
    "PersonService.GetSelf": get_self,
    "PersonService.ListPeople": list_people,
    "PersonService.SuspendPerson": _case(lambda client, found: client.suspend_person(found, WHY)),
    "PersonService.ResumePerson": resume_person,
    "PersonService.EndPerson": _case(lambda client, found: client.end_person(found, WHY)),
    "PersonService.SetDeputy": set_deputy,
}
