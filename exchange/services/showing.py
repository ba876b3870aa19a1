"""``registry.v1.LicenseService`` for users of licenses: finding, printing, checking and presenting."""

import asyncio
from dataclasses import replace
from typing import Any

from yici.exchange.v1.exchange_pb2 import Subject
from yici.registry.v1 import license_pb2 as pb

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal, invalid
from exchange.acts.register_act import RegisterAct
from exchange.acts.road import Road
from exchange.licensing.sharing import Found, LicenseSharing
from exchange.query.question import Question
from exchange.services import licenses
from exchange.services.calls import Context, Received, status_of
from exchange.services.licenses import act_of, no_qr
from exchange.services.messages import kind_of
from exchange.services.servicer import ActServicer, does
from exchange.services.wire.asking import basis_of
from exchange.services.wire.licenses import STATES
from exchange.settings import Limits
from registry.basis import Basis
from registry.claims import fields_of
from registry.errors import RuleError
from registry.identifiers import SubjectKind
from registry.licenses.types import DATASET_PREFIX
from registry.matters import Matter, Mode, Requirement


class ShowingServicer(ActServicer):
    """Converts calls into acts of users of licenses."""

    service = pb.DESCRIPTOR.services_by_name["LicenseService"]

    def __init__(self, road: Road, limits: Limits, sharing: LicenseSharing) -> None:
        super().__init__(road, limits)
        self._sharing = sharing

    @does("license.print")
    async def get_license_pdf(self, received: Received, context: Context) -> pb.GetLicensePdfResponse:
        """Return the sealed PDF of a license."""
        message = received.message
        work = self._sharing.pdf(
            self.call(received, context), act_of("print", message, "", message.reason), message.identifier
        )
        return pb.GetLicensePdfResponse(pdf=await self.result_of(context, work))

    @does("query")
    async def find_licenses(self, received: Received, context: Context) -> pb.FindLicensesResponse:
        """Find licenses."""
        message = received.message
        call = self.call(received, context)
        basis, fields = basis_of(message.basis), list(message.fields)
        answer = await self.result_of(context, self._find(call, received, message.type, message.subject, fields, basis))
        return licenses.found_message(answer, no_qr)

    @does("license.bundle")
    async def bundle_licenses(self, received: Received, context: Context) -> pb.BundleLicensesResponse:
        """Return all licenses that a matter accepts."""
        message, call = received.message, self.call(received, context)
        act = replace(act_of("bundle", message), by_requirement=True, ends_with_caller=True)

        async def work(permit: Permit[RegisterAct]) -> pb.BundleLicensesResponse:
            return await self._bundle(call.within(), received, permit.state.register.matters[message.basis.matter])

        return await self.result_of(context, perform(self._road, call, act, work))

    @does("license.check")
    async def check_license(self, received: Received, context: Context) -> pb.CheckLicenseResponse:
        """Return the current state of a license."""
        message = received.message
        act = replace(act_of("check", message, "", message.reason), ends_with_caller=True)
        work = self._sharing.check(self.call(received, context), act, message.digest, message.identifier)
        current, receipt = await self.result_of(context, work)
        return pb.CheckLicenseResponse(
            state=STATES.numbers[current.state],
            identifier=current.identifier,
            type=current.type,
            digest=current.digest,
            receipt=receipt,
        )

    @does("license.present")
    async def present_licenses(self, received: Received, context: Context) -> pb.PresentLicensesResponse:
        """Return a code for presenting licenses."""
        message = received.message
        act = act_of("present", message, "", message.purpose)
        work = self._sharing.present(self.call(received, context), act, list(message.identifiers), message.holder_code)
        return pb.PresentLicensesResponse(code=await self.result_of(context, work))

    @does("license.redeem")
    async def redeem_presentation(self, received: Received, context: Context) -> pb.RedeemPresentationResponse:
        """Return the licenses of a code."""
        work = self._sharing.redeem(
            self.call(received, context), act_of("redeem", received.message), received.message.code
        )
        redeemed = await self.result_of(context, work)
        return pb.RedeemPresentationResponse(licenses=[licenses.shown(item, self._sharing.qr) for item in redeemed])

    @does("license.link")
    async def link_license(self, received: Received, context: Context) -> pb.LinkLicenseResponse:
        """Return a download link."""
        message = received.message
        act = act_of("link", message, "", message.purpose)
        code = await self.result_of(context, self._sharing.link(self.call(received, context), act, message.identifier))
        return pb.LinkLicenseResponse(path=f"/download/{code}")

    async def _bundle(self, call: Call, received: Received, matter: Matter) -> pb.BundleLicensesResponse:
        message = received.message
        wanted = [(need, item) for need in matter.requirements for item in _license_needs(need)]
        outcomes = await asyncio.gather(
            *[
                self._find(
                    call, received, type_id, message.subjects.get(need.subject, Subject()), fields,
                    basis_of(message.basis).with_legal_basis(need.legal_basis),
                )
                for need, (type_id, fields) in wanted
            ]
        )  # fmt: skip
        response = pb.BundleLicensesResponse()
        for (need, (type_id, _)), outcome in zip(wanted, outcomes, strict=True):
            item = response.items.add(requirement=need.id, type=type_id)
            if isinstance(outcome, Refusal):
                item.error = status_of(outcome).SerializeToString()
            else:
                item.found.CopyFrom(licenses.found_message(outcome, no_qr))
        return response

    async def _find(
        self, call: Call, received: Received, type_id: str, subject: Any, fields: list[str], basis: Basis
    ) -> Found | Refusal:
        kind, fault = SubjectKind.CITIZEN_ID, None
        try:
            kind = kind_of(subject.kind, "subject.kind")
        except RuleError as error:
            fault = invalid(error)
        question = Question(
            Mode.QUERY, basis, DATASET_PREFIX + type_id, kind, (subject.identifier,), fields=tuple(fields),
            digest=received.digest,
        )  # fmt: skip
        return await self._sharing.find(call, question, fault)


def _license_needs(need: Requirement) -> list[tuple[str, list[str]]]:
    """Return the license types that settle a requirement, with the fields that it uses."""
    return [
        (option.dataset.removeprefix(DATASET_PREFIX), ["state", "number", *fields_of(option.claims)])
        for option in need.options
        if option.dataset.startswith(DATASET_PREFIX)
    ]
