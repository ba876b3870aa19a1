"""registry.v1.LicenseService, the counter's side: licenses are found, printed, checked and shown."""

import asyncio
from typing import Any

from yici.exchange.v1.exchange_pb2 import Subject
from yici.registry.v1 import license_pb2 as pb

from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.licensing.counter import Counter, Found
from exchange.licensing.desk import Desk
from exchange.query.question import Question
from exchange.services import licenses
from exchange.services.calls import Context, Received, certificate_of, seconds_left, status_of
from exchange.services.clerks import ClerkService
from exchange.services.licenses import act_of, no_qr
from exchange.services.messages import basis_of, kind_of
from exchange.services.rates import RateLimit
from exchange.settings import Limits
from registry.claims import fields_of
from registry.errors import RuleError
from registry.licenses.types import DATASET_PREFIX
from registry.matters import Mode, Requirement


class ShowingService(ClerkService):
    """Turns calls into acts of the counter."""

    def __init__(self, desk: Desk, counter: Counter, rates: RateLimit, limits: Limits) -> None:
        super().__init__(desk, rates)
        self._desk = desk
        self._counter = counter
        self._limits = limits

    async def get_license_pdf(self, received: Received, context: Context) -> pb.GetLicensePdfResponse:
        """The sealed PDF."""
        message = received.message
        work = self._counter.pdf(certificate_of(context), act_of("print", message, "", message.why), message.identifier)
        return pb.GetLicensePdfResponse(pdf=await self.done("GetLicensePdf", context, work))

    async def find_licenses(self, received: Received, context: Context) -> pb.FindLicensesResponse:
        """Find licenses."""
        message = received.message
        found = await self.done(
            "FindLicenses", context, self._find(received, context, message.type, message.subject, list(message.fields))
        )
        return licenses.found_message(found, no_qr)

    async def bundle_licenses(self, received: Received, context: Context) -> pb.BundleLicensesResponse:
        """Every license that a matter takes."""
        return await self.done("BundleLicenses", context, self._bundle(received, context))

    async def check_license(self, received: Received, context: Context) -> pb.CheckLicenseResponse:
        """The state now."""
        message = received.message
        act = act_of("check", message, "", message.why)
        work = self._counter.check(certificate_of(context), act, message.digest, message.identifier)
        found, receipt = await self.done("CheckLicense", context, work)
        return pb.CheckLicenseResponse(
            state=licenses.STATES[found.state],
            identifier=found.identifier,
            type=found.type,
            digest=found.digest,
            receipt=receipt,
        )

    async def present_licenses(self, received: Received, context: Context) -> pb.PresentLicensesResponse:
        """A code to show licenses with."""
        message = received.message
        act = act_of("present", message, "", message.purpose)
        work = self._counter.present(certificate_of(context), act, list(message.identifiers), message.holder)
        return pb.PresentLicensesResponse(code=await self.done("PresentLicenses", context, work))

    async def redeem_presentation(self, received: Received, context: Context) -> pb.RedeemPresentationResponse:
        """What a code shows."""
        work = self._counter.redeem(certificate_of(context), act_of("redeem", received.message), received.message.code)
        found = await self.done("RedeemPresentation", context, work)
        return pb.RedeemPresentationResponse(licenses=[licenses.shown(item, self._counter.qr) for item in found])

    async def link_license(self, received: Received, context: Context) -> pb.LinkLicenseResponse:
        """A download link."""
        message = received.message
        act = act_of("link", message, "", message.purpose)
        code = await self.done(
            "LinkLicense", context, self._counter.link(certificate_of(context), act, message.identifier)
        )
        return pb.LinkLicenseResponse(path=f"/download/{code}")

    async def _bundle(self, received: Received, context: Context) -> pb.BundleLicensesResponse | Refusal:
        message, certificate = received.message, certificate_of(context)
        matter = self._desk.exchange.matter(certificate, message.basis.matter)
        if isinstance(matter, Refusal):
            return await self._desk.refuse(certificate, act_of("bundle", message), matter)
        wanted = [(need, item) for need in matter.requirements for item in _license_needs(need)]
        outcomes = await asyncio.gather(
            *[
                self._find(
                    received, context, dataset, message.subjects.get(need.subject, Subject()), fields, need.legal_basis
                )
                for need, (dataset, fields) in wanted
            ]
        )
        response = pb.BundleLicensesResponse()
        for (need, (type_id, _)), outcome in zip(wanted, outcomes, strict=True):
            item = response.items.add(requirement=need.id, type=type_id)
            if isinstance(outcome, Refusal):
                item.error = status_of(outcome).SerializeToString()
            else:
                item.found.CopyFrom(licenses.found_message(outcome, no_qr))
        return response

    async def _find(
        self, received: Received, context: Context, type_id: str, subject: Any, fields: list[str], legal_basis: str = ""
    ) -> Found | Refusal:
        certificate = certificate_of(context)
        act = act_of("find", received.message, type_id)
        if type_id not in self._desk.types:
            unknown = Refusal(Reason.LICENSE_TYPE_UNKNOWN, "no such license type on record", "type")
            return await self._desk.refuse(certificate, act, unknown)
        try:
            kind = kind_of(subject.kind, "subject.kind")
        except RuleError as error:
            return await self._desk.refuse(certificate, act, invalid(error))
        basis = basis_of(received.message.basis)
        if legal_basis:
            basis = basis.with_legal_basis(legal_basis)
        question = Question(
            Mode.QUERY, basis, DATASET_PREFIX + type_id, kind, (subject.identifier,), fields=tuple(fields),
            digest=received.digest,
        )  # fmt: skip
        return await self._counter.find(certificate, question, seconds_left(context, self._limits))


def _license_needs(need: Requirement) -> list[tuple[str, list[str]]]:
    """The license types among what settles a requirement, with the fields that it looks at."""
    return [
        (option.dataset.removeprefix(DATASET_PREFIX), ["state", "number", *fields_of(option.claims)])
        for option in need.options
        if option.dataset.startswith(DATASET_PREFIX)
    ]
