"""Applications for data of other agencies."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yici.registry.v1 import application_pb2 as pb

from exchange.client.admin.base import AdminConnection
from exchange.services.wire.shapes import from_message, to_message

_SERVICE = "ApplicationService"


@dataclass(frozen=True, slots=True)
class NeededField:
    """A field, and why it is needed."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What is applied for: fields, modes (``verify``, ``query``), and how many subjects a day.

    ``replaces`` are the ids of grants that end when this one begins.
    """

    fields: tuple[NeededField, ...]
    modes: tuple[str, ...]
    legal_basis: str
    purpose: str
    volume: int
    valid_from: datetime
    valid_to: datetime
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """What is approved; ``clear_fields`` are unmasked."""

    fields: tuple[str, ...]
    modes: tuple[str, ...]
    daily_quota: int
    valid_from: datetime
    valid_to: datetime
    clear_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteView:
    """What a person said at a step."""

    step: str
    person: str
    text: str


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application: its state, what is applied for and approved, and whom it waits for until when."""

    id: str
    etag: str
    state: str
    agency: str
    source: str
    dataset: str
    matter: str
    proposed_by: str
    wish: Wish
    create_time: datetime
    notes: tuple[NoteView, ...] = ()
    approval: Approval | None = None
    legal_basis: str = ""
    grant: str = ""
    waits_for: str = ""
    waits_duty: str = ""
    waits_since: datetime | None = None
    due_at: datetime | None = None
    claimed_by: str = ""


@dataclass(frozen=True, slots=True)
class LateView:
    """An application whose source is late by so many begun working days."""

    application: ApplicationView
    days: int


class ApplicationsClient(AdminConnection):
    """Calls about applications; ``dry`` does all and undoes it."""

    async def draft_application(
        self, dataset: str, matter: str, wish: Wish, reason: str, *, dry: bool = False
    ) -> ApplicationView:
        """Draft an application of the own agency."""
        given = pb.Application(dataset=dataset, matter=matter, wish=to_message(wish, pb.Wish))
        request = pb.CreateApplicationRequest(application=given, reason=reason, validate_only=dry)
        return await self._changed("CreateApplication", request, pb.CreateApplicationResponse)

    async def change_application(
        self, application: ApplicationView, wish: Wish, reason: str, *, dry: bool = False
    ) -> ApplicationView:
        """Change what a draft applies for."""
        given = pb.Application(id=application.id, etag=application.etag, wish=to_message(wish, pb.Wish))
        request = pb.UpdateApplicationRequest(application=given, reason=reason, validate_only=dry)
        return await self._changed("UpdateApplication", request, pb.UpdateApplicationResponse)

    async def application(self, item: str) -> ApplicationView:
        """Return an application by its id."""
        request = pb.GetApplicationRequest(id=item)
        return await self._changed("GetApplication", request, pb.GetApplicationResponse)

    def applications(self, filter: str = "") -> AsyncIterator[ApplicationView]:  # noqa: A002  # the word of the field
        """Yield applications in order of their ids; see the proto for the filter."""
        request = pb.ListApplicationsRequest(filter=filter)
        shapes = pb.ListApplicationsResponse, "applications", ApplicationView
        return self._listed(_SERVICE, "ListApplications", request, *shapes)

    def late_applications(self) -> AsyncIterator[LateView]:
        """Yield applications whose source is late."""
        request = pb.ListLateApplicationsRequest()
        return self._listed(
            _SERVICE, "ListLateApplications", request, pb.ListLateApplicationsResponse, "late", LateView
        )

    async def propose_application(self, application: ApplicationView, reason: str) -> ApplicationView:
        """Propose a draft to the own agency's approver."""
        return await self._application_step("ProposeApplication", application, reason)

    async def return_application(self, application: ApplicationView, reason: str) -> ApplicationView:
        """Return a proposed application to its draft."""
        return await self._application_step("ReturnApplication", application, reason)

    async def submit_application(self, application: ApplicationView, reason: str) -> ApplicationView:
        """Submit a proposed application to the source; unconditional data is granted at once."""
        return await self._application_step("SubmitApplication", application, reason)

    async def ask_for_more(self, application: ApplicationView, reason: str) -> ApplicationView:
        """Ask the applicant for more."""
        return await self._application_step("AskForMore", application, reason)

    async def supply_more(self, application: ApplicationView, reason: str, wish: Wish | None = None) -> ApplicationView:
        """Supply what was asked for; ``wish`` is what is applied for from now on."""
        parts: dict[str, Any] = {"wish": to_message(wish, pb.Wish)} if wish else {}
        return await self._application_step("SupplyMore", application, reason, **parts)

    async def approve_application(
        self, application: ApplicationView, reason: str, approval: Approval | None = None, *, dry: bool = False
    ) -> ApplicationView:
        """Approve a submitted application, as a whole or in part, and make the grant."""
        return await self._application_step("ApproveApplication", application, reason, dry=dry, **_approval(approval))

    async def refuse_application(self, application: ApplicationView, reason: str, legal_basis: str) -> ApplicationView:
        """Refuse a submitted application on a legal basis."""
        return await self._application_step("RefuseApplication", application, reason, legal_basis=legal_basis)

    async def appeal_application(self, application: ApplicationView, reason: str) -> ApplicationView:
        """Appeal a refusal to the authority."""
        return await self._application_step("AppealApplication", application, reason)

    async def overrule_refusal(
        self, application: ApplicationView, reason: str, approval: Approval | None = None, *, dry: bool = False
    ) -> ApplicationView:
        """Overrule a refusal that was appealed, and make the grant."""
        return await self._application_step("OverruleRefusal", application, reason, dry=dry, **_approval(approval))

    async def uphold_refusal(self, application: ApplicationView, reason: str) -> ApplicationView:
        """Uphold a refusal that was appealed."""
        return await self._application_step("UpholdRefusal", application, reason)

    async def withdraw_application(self, application: ApplicationView, reason: str) -> ApplicationView:
        """Withdraw an application that is not decided."""
        return await self._application_step("WithdrawApplication", application, reason)

    async def _application_step(
        self, method: str, application: ApplicationView, reason: str, *, dry: bool = False, **parts: Any
    ) -> ApplicationView:
        shape, response = (getattr(pb, f"{method}{kind}") for kind in ("Request", "Response"))
        request = shape(id=application.id, etag=application.etag, reason=reason, validate_only=dry, **parts)
        return await self._changed(method, request, response)

    async def _changed(self, method: str, request: Any, response: type[Any]) -> ApplicationView:
        return from_message((await self._ask(_SERVICE, method, request, response)).application, ApplicationView)


def _approval(approval: Approval | None) -> dict[str, Any]:
    return {"approval": to_message(approval, pb.Approval)} if approval else {}
