"""``registry.v1.ApplicationService``: applications for data, from the draft to the grant."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from google.protobuf.message import Message
from yici.registry.v1 import application_pb2 as pb

from exchange.acts.admin_act import AdminAct
from exchange.acts.call import Call
from exchange.acts.refusals import Refusal
from exchange.acts.road import Road
from exchange.admin.application_lists import ApplicationLists
from exchange.admin.applications import Applications, Step
from exchange.admin.desk import Changed, Desk
from exchange.admin.stepping import Deadlines
from exchange.services.admin.filters import filter_of
from exchange.services.admin.servicer import AdminServicer, item_message
from exchange.services.calls import Context, Received
from exchange.services.paging import Page
from exchange.services.servicer import does
from exchange.services.wire.shapes import data_of
from exchange.settings import Limits
from registry.applications.application import Approval, Wish
from registry.applications.records import REGISTER, Application
from registry.applications.states import ApplicationChange as Change
from registry.errors import RuleError
from registry.parsing import parse

T = TypeVar("T")
_FIELDS = {
    name: f"{name} = {{}}" for name in ("state", "agency", "source", "dataset", "matter", "claimed_by")
}  # fmt: skip


class ApplicationServicer(AdminServicer):
    """Converts calls into acts on applications."""

    service = pb.DESCRIPTOR.services_by_name["ApplicationService"]

    def __init__(self, road: Road, limits: Limits, desk: Desk, deadlines: Deadlines) -> None:
        super().__init__(road, limits, desk)
        self._applications = Applications(desk, deadlines)
        self._lists = ApplicationLists(desk)

    @does("application.create")
    async def create_application(self, received: Received, context: Context) -> pb.CreateApplicationResponse:
        """Draft an application."""
        call, message, given = self.call(received, context), received.message, received.message.application

        def work() -> Awaitable[Changed | Refusal]:
            wish = _wish(given)
            return self._applications.create(
                call, given.dataset, given.matter, wish, message.reason, dry=message.validate_only
            )

        act = AdminAct(REGISTER, "create", message.reason, dataset=given.dataset, matter=given.matter)
        return pb.CreateApplicationResponse(application=await self._changed(context, call, act, work))

    @does("application.read")
    async def get_application(self, received: Received, context: Context) -> pb.GetApplicationResponse:
        """Return an application."""
        found = await self.result_of(context, self._lists.get(self.call(received, context), received.message.id))
        return pb.GetApplicationResponse(application=_message(found))

    @does("application.list")
    async def list_applications(self, received: Received, context: Context) -> pb.ListApplicationsResponse:
        """Return a page of applications."""
        call, message = self.call(received, context), received.message
        work: Awaitable[Any]
        try:
            page, wanted = Page.of(message), filter_of(message.filter, _FIELDS)
            work = self._lists.list(call, *wanted, page.after, page.limit)
        except RuleError as error:
            work = self.refuse(call, AdminAct(REGISTER, "list", reads=True), error)
        listed = await self.result_of(context, work)
        found, token = page.cut(listed, lambda item: str(item.id))
        return pb.ListApplicationsResponse(applications=map(_message, found), next_page_token=token)

    @does("application.list")
    async def list_late_applications(self, received: Received, context: Context) -> pb.ListLateApplicationsResponse:
        """Return a page of applications whose source is late."""
        call, message = self.call(received, context), received.message
        work: Awaitable[Any]
        try:
            page = Page.of(message)
            work = self._lists.late(call, page.after, page.limit)
        except RuleError as error:
            work = self.refuse(call, AdminAct(REGISTER, "list", reads=True), error)
        listed = await self.result_of(context, work)
        found, token = page.cut(listed, lambda item: str(item.application.id))
        late = [pb.LateApplication(application=_message(item.application), days=item.days) for item in found]
        return pb.ListLateApplicationsResponse(late=late, next_page_token=token)

    @does("application.update")
    async def update_application(self, received: Received, context: Context) -> pb.UpdateApplicationResponse:
        """Change what a draft applies for."""
        call, message, given = self.call(received, context), received.message, received.message.application

        def work() -> Awaitable[Changed | Refusal]:
            wish = _wish(given)
            return self._applications.update(
                call, given.id, given.etag, wish, message.reason, dry=message.validate_only
            )

        act = AdminAct(REGISTER, "update", message.reason, given.id)
        return pb.UpdateApplicationResponse(application=await self._changed(context, call, act, work))

    @does("application.propose")
    async def propose_application(self, received: Received, context: Context) -> pb.ProposeApplicationResponse:
        """Propose a draft to the own approver."""
        return pb.ProposeApplicationResponse(application=await self._step(received, context, Change.PROPOSE))

    @does("application.return")
    async def return_application(self, received: Received, context: Context) -> pb.ReturnApplicationResponse:
        """Return a proposed application to its draft."""
        return pb.ReturnApplicationResponse(application=await self._step(received, context, Change.RETURN))

    @does("application.submit")
    async def submit_application(self, received: Received, context: Context) -> pb.SubmitApplicationResponse:
        """Submit a proposed application to the source."""
        return pb.SubmitApplicationResponse(application=await self._step(received, context, Change.SUBMIT))

    @does("application.ask")
    async def ask_for_more(self, received: Received, context: Context) -> pb.AskForMoreResponse:
        """Ask the applicant for more."""
        return pb.AskForMoreResponse(application=await self._step(received, context, Change.ASK))

    @does("application.supply")
    async def supply_more(self, received: Received, context: Context) -> pb.SupplyMoreResponse:
        """Supply what was asked for."""
        return pb.SupplyMoreResponse(application=await self._step(received, context, Change.SUPPLY))

    @does("application.approve")
    async def approve_application(self, received: Received, context: Context) -> pb.ApproveApplicationResponse:
        """Approve a submitted application."""
        return pb.ApproveApplicationResponse(application=await self._step(received, context, Change.APPROVE))

    @does("application.refuse")
    async def refuse_application(self, received: Received, context: Context) -> pb.RefuseApplicationResponse:
        """Refuse a submitted application."""
        return pb.RefuseApplicationResponse(application=await self._step(received, context, Change.REFUSE))

    @does("application.appeal")
    async def appeal_application(self, received: Received, context: Context) -> pb.AppealApplicationResponse:
        """Appeal a refusal to the authority."""
        return pb.AppealApplicationResponse(application=await self._step(received, context, Change.APPEAL))

    @does("application.overrule")
    async def overrule_refusal(self, received: Received, context: Context) -> pb.OverruleRefusalResponse:
        """Overrule a refusal that was appealed."""
        found = await self._step(received, context, Change.APPROVE, "overrule")
        return pb.OverruleRefusalResponse(application=found)

    @does("application.uphold")
    async def uphold_refusal(self, received: Received, context: Context) -> pb.UpholdRefusalResponse:
        """Uphold a refusal that was appealed."""
        return pb.UpholdRefusalResponse(application=await self._step(received, context, Change.UPHOLD))

    @does("application.withdraw")
    async def withdraw_application(self, received: Received, context: Context) -> pb.WithdrawApplicationResponse:
        """Withdraw an application."""
        return pb.WithdrawApplicationResponse(application=await self._step(received, context, Change.WITHDRAW))

    async def _step(self, received: Received, context: Context, change: Change, name: str = "") -> pb.Application:
        call, message = self.call(received, context), received.message

        def work() -> Awaitable[Changed | Refusal]:
            step = Step(
                change, message.id, message.etag, message.reason, name, getattr(message, "legal_basis", ""),
                _part(message, "wish", Wish), _part(message, "approval", Approval),
            )  # fmt: skip
            return self._applications.step(call, step, dry=message.validate_only)

        act = AdminAct(REGISTER, name or change.value, message.reason, message.id)
        return await self._changed(context, call, act, work)

    async def _changed(
        self, context: Context, call: Call, act: AdminAct, work: Callable[[], Awaitable[Changed | Refusal]]
    ) -> pb.Application:
        """Return the application that an act changed; a request that cannot be parsed is refused."""
        pending: Awaitable[Changed | Refusal]
        try:
            pending = work()
        except RuleError as error:
            pending = self.refuse(call, act, error)
        return _message((await self.result_of(context, pending)).item)


def _wish(given: pb.Application) -> Wish:
    """Return what is applied for.

    Raises:
        RuleError: names what breaks a rule.
    """
    return parse(Wish, data_of(given.wish), "application.wish")


def _part(message: Message, name: str, shape: type[T]) -> T | None:
    if name not in message.DESCRIPTOR.fields_by_name or not message.HasField(name):
        return None
    return parse(shape, data_of(getattr(message, name)), name)


def _message(application: Application) -> pb.Application:
    body = application.body
    more = {"wish": body.wish, "notes": body.notes, "approval": body.approval}
    return item_message(application.stored, pb.Application, **more)
