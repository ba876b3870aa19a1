"""People on record."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yici.registry.v1 import person_pb2 as pb

from exchange.client.admin.base import AdminConnection
from exchange.services.wire.shapes import from_message, to_message
from exchange.services.wire.times import time_message

_SERVICE = "PersonService"


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person; ``state`` is ``active``, ``suspended`` or ``left``, and ``deputy`` the id of a person."""

    id: str
    agency: str
    number: str
    name: str
    state: str
    etag: str
    create_time: datetime
    duties: tuple[str, ...] = ()
    deputy: str = ""


class PeopleClient(AdminConnection):
    """Calls about people; each change needs a reason, and with ``dry_run`` changes nothing."""

    async def enrol_person(
        self, agency: str, number: str, name: str, duties: Sequence[str], why: str, citizen_id: str = "",
        *, dry_run: bool = False,
    ) -> PersonView:  # fmt: skip
        """Enrol a person."""
        wanted = to_message({"agency": agency, "number": number, "name": name, "duties": duties}, pb.Person)
        request = pb.CreatePersonRequest(person=wanted, citizen_id=citizen_id, reason=why, validate_only=dry_run)
        return self._one(await self._ask(_SERVICE, "CreatePerson", request, pb.CreatePersonResponse))

    async def person(self, item: str) -> PersonView:
        """Return a person."""
        return self._one(await self._ask(_SERVICE, "GetPerson", pb.GetPersonRequest(id=item), pb.GetPersonResponse))

    async def myself(self) -> PersonView:
        """Return the person whose certificate this connection has."""
        return self._one(await self._ask(_SERVICE, "GetSelf", pb.GetSelfRequest(), pb.GetSelfResponse))

    def people(self, agency: str, filter: str = "") -> AsyncIterator[PersonView]:  # noqa: A002  # the word of the field
        """Yield people of an agency; see the proto for the filter."""
        request = pb.ListPeopleRequest(agency=agency, filter=filter)
        return self._listed(_SERVICE, "ListPeople", request, pb.ListPeopleResponse, "people", PersonView)

    async def suspend_person(self, person: PersonView, why: str, *, dry_run: bool = False) -> PersonView:
        """Suspend a person."""
        return await self._person_step("Suspend", person, why, dry_run=dry_run)

    async def resume_person(self, person: PersonView, why: str, *, dry_run: bool = False) -> PersonView:
        """Resume a suspended person."""
        return await self._person_step("Resume", person, why, dry_run=dry_run)

    async def end_person(self, person: PersonView, why: str, *, dry_run: bool = False) -> PersonView:
        """End a person's record, which cannot be undone."""
        return await self._person_step("End", person, why, dry_run=dry_run)

    async def set_deputy(
        self, myself: PersonView, deputy: str, since: datetime, until: datetime, why: str
    ) -> PersonView:
        """Name a deputy of oneself for a time; an empty one ends that."""
        request = pb.SetDeputyRequest(
            id=myself.id, etag=myself.etag, reason=why, deputy=deputy, from_time=time_message(since),
            until_time=time_message(until),
        )  # fmt: skip
        return self._one(await self._ask(_SERVICE, "SetDeputy", request, pb.SetDeputyResponse))

    async def _person_step(self, verb: str, person: PersonView, why: str, *, dry_run: bool) -> PersonView:
        request, response = getattr(pb, f"{verb}PersonRequest"), getattr(pb, f"{verb}PersonResponse")
        asked = request(id=person.id, etag=person.etag, reason=why, validate_only=dry_run)
        return self._one(await self._ask(_SERVICE, f"{verb}Person", asked, response))

    @staticmethod
    def _one(response: Any) -> PersonView:
        return from_message(response.person, PersonView)
