"""``registry.v1.PersonService``: people on record."""

from collections.abc import Awaitable, Sequence

from yici.registry.v1 import person_pb2 as pb

from exchange.acts.admin_act import AdminAct
from exchange.acts.refusals import Refusal
from exchange.acts.road import Road
from exchange.admin.desk import Changed, Desk
from exchange.admin.people import Enrolling, People
from exchange.services.admin.filters import filter_of
from exchange.services.admin.servicer import AdminServicer, item_message
from exchange.services.calls import Context, Received
from exchange.services.paging import Page
from exchange.services.servicer import does
from exchange.services.wire.shapes import data_of
from exchange.settings import Limits
from registry.errors import RuleError
from registry.items import Stored
from registry.people import PersonChange

_FIELDS = {"state": "state = {}", "number": "number = {}", "duty": "{} = ANY(duties)"}


class PersonServicer(AdminServicer):
    """Converts calls into acts on people."""

    service = pb.DESCRIPTOR.services_by_name["PersonService"]

    def __init__(self, road: Road, limits: Limits, desk: Desk) -> None:
        super().__init__(road, limits, desk)
        self._people = People(desk)

    @does("person.create")
    async def create_person(self, received: Received, context: Context) -> pb.CreatePersonResponse:
        """Enrol a person."""
        call, message = self.call(received, context), received.message
        act, person = AdminAct("person", "create", message.reason), message.person
        work: Awaitable[Changed | Refusal]
        try:
            duties = data_of(person).get("duties", [])
            wanted = Enrolling(person.agency, person.number, person.name, duties, message.citizen_id)
            work = self._people.create(call, act, wanted, dry=message.validate_only)
        except RuleError as error:
            work = self.refuse(call, act, error)
        return pb.CreatePersonResponse(person=_person((await self.result_of(context, work)).item))

    @does("person.read")
    async def get_person(self, received: Received, context: Context) -> pb.GetPersonResponse:
        """Return a person."""
        act = AdminAct("person", "read", item=received.message.id)
        return pb.GetPersonResponse(person=_person(await self._read(received, context, act)))

    @does("person.self")
    async def get_self(self, received: Received, context: Context) -> pb.GetSelfResponse:
        """Return the person who calls."""
        return pb.GetSelfResponse(person=_person(await self._read(received, context, AdminAct("person", "self"))))

    @does("person.list")
    async def list_people(self, received: Received, context: Context) -> pb.ListPeopleResponse:
        """Return a page of people."""
        act, call, message = AdminAct("person", "list"), self.call(received, context), received.message
        work: Awaitable[Sequence[Stored] | Refusal]
        try:
            page, wanted = Page.of(message), filter_of(message.filter, _FIELDS)
            work = self._people.list(call, act, message.agency, *wanted, page.after, page.limit)
        except RuleError as error:
            work = self.refuse(call, act, error)
        stored = await self.result_of(context, work)  # which ends the call of a malformed request
        found, token = page.cut(stored, lambda item: item.id)
        return pb.ListPeopleResponse(people=map(_person, found), next_page_token=token)

    @does("person.suspend")
    async def suspend_person(self, received: Received, context: Context) -> pb.SuspendPersonResponse:
        """Suspend a person."""
        return pb.SuspendPersonResponse(person=await self._changed(received, context, PersonChange.SUSPEND))

    @does("person.resume")
    async def resume_person(self, received: Received, context: Context) -> pb.ResumePersonResponse:
        """Resume a person."""
        return pb.ResumePersonResponse(person=await self._changed(received, context, PersonChange.RESUME))

    @does("person.leave")
    async def end_person(self, received: Received, context: Context) -> pb.EndPersonResponse:
        """End a person's record."""
        return pb.EndPersonResponse(person=await self._changed(received, context, PersonChange.LEAVE))

    @does("person.set_deputy")
    async def set_deputy(self, received: Received, context: Context) -> pb.SetDeputyResponse:
        """Name a deputy."""
        call, message = self.call(received, context), received.message
        act = AdminAct("person", "set_deputy", message.reason, item=message.id)
        work: Awaitable[Changed | Refusal]
        try:
            said = data_of(message)
            times = said.get("from_time"), said.get("until_time")
            work = self._people.set_deputy(call, act, message.deputy, *times, message.etag)
        except RuleError as error:
            work = self.refuse(call, act, error)
        return pb.SetDeputyResponse(person=_person((await self.result_of(context, work)).item))

    async def _read(self, received: Received, context: Context, act: AdminAct) -> Stored:
        return await self.result_of(context, self._people.get(self.call(received, context), act))

    async def _changed(self, received: Received, context: Context, change: PersonChange) -> pb.Person:
        message = received.message
        act = AdminAct("person", change.value, message.reason, item=message.id)
        work = self._people.change(self.call(received, context), act, change, message.etag, dry=message.validate_only)
        return _person((await self.result_of(context, work)).item)


def _person(stored: Stored) -> pb.Person:
    return item_message(stored, pb.Person)
