"""The client's methods for users of licenses: find, check, present, redeem, link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yici.registry.v1 import license_pb2 as pb

from exchange.client.failures import error_in
from exchange.client.licenses.base import SERVICE, CheckingClient, plain
from exchange.client.licenses.views import LicenseView, not_as_asked
from exchange.client.messages import known
from exchange.client.nonces import new_nonce
from exchange.client.proven import Proof, Subject
from exchange.errors import ExchangeError
from exchange.services.wire.asking import OUTCOMES, basis_message, subject_message
from exchange.services.wire.licenses import ANSWERS, STATES
from registry.basis import Basis
from registry.licenses.facts import FactsAnswer
from registry.licenses.states import LicenseState
from registry.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class StateNow:
    """The current state of a presented license, and the receipt of the request."""

    state: LicenseState
    identifier: str
    type: str
    digest: str
    receipt: str


class ShowingClient(CheckingClient):
    """Finds licenses, gets their states, and presents them for their holders."""

    async def find(
        self, basis: Basis, kind: str, subject: Subject, fields: Sequence[str]
    ) -> tuple[list[LicenseView], Proof]:
        """Return licenses of a holder with the granted fields, and the sealed answer.

        Raises:
            ExchangeError: as ``issue``.
        """
        message = subject_message(subject.kind, subject.identifier)
        request = pb.FindLicensesRequest(
            basis=basis_message(basis), type=kind, subject=message, fields=fields, nonce=new_nonce()
        )
        response, digest = await self.call(SERVICE, "FindLicenses", request, pb.FindLicensesResponse)
        return self._found(response, digest)

    async def bundle(
        self, basis: Basis, subjects: Mapping[str, Subject]
    ) -> dict[str, list[LicenseView] | ExchangeError]:
        """Return all licenses that the basis's matter accepts, by requirement.

        Raises:
            ExchangeError: as ``issue``.
        """
        roles = {role: subject_message(item.kind, item.identifier) for role, item in subjects.items()}
        request = pb.BundleLicensesRequest(basis=basis_message(basis), subjects=roles, nonce=new_nonce())
        response, digest = await self.call(SERVICE, "BundleLicenses", request, pb.BundleLicensesResponse)
        return {
            item.requirement: error_in(item.error) if item.error else self._found(item.found, digest)[0]
            for item in response.items
        }

    async def state(self, basis: Basis, *, identifier: str = "", digest: str = "", reason: str = "") -> StateNow:
        """Return the current state of a presented license.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.CheckLicenseRequest(basis=basis_message(basis), reason=reason)
        if digest:
            request.digest = digest
        else:
            request.identifier = identifier
        response = await self._ask("CheckLicense", request, pb.CheckLicenseResponse)
        if (digest or plain(identifier)) != (response.digest if digest else plain(response.identifier)):
            raise not_as_asked("the state is another license's")
        return StateNow(
            known(STATES.members, response.state, "state"),
            response.identifier,
            response.type,
            response.digest,
            response.receipt,
        )

    async def verify_facts(
        self, basis: Basis, kind: str, identifier: str, facts: Mapping[str, str], reason: str = ""
    ) -> tuple[FactsAnswer, dict[str, Outcome]]:
        """Verify stated facts of a license; return which are right, if permitted.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.VerifyFactsRequest(
            basis=basis_message(basis), type=kind, identifier=identifier, facts=facts, reason=reason
        )
        response = await self._ask("VerifyFacts", request, pb.VerifyFactsResponse)
        answer = known(ANSWERS.members, response.answer, "answer")
        return answer, {key: known(OUTCOMES.members, value, "outcomes") for key, value in response.outcomes.items()}

    async def present(self, basis: Basis, identifiers: Sequence[str], holder: str, purpose: str) -> str:
        """Return a code with which an officer can see these licenses once.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.PresentLicensesRequest(
            basis=basis_message(basis), identifiers=identifiers, holder_code=holder, purpose=purpose
        )
        return str((await self._ask("PresentLicenses", request, pb.PresentLicensesResponse)).code)

    async def redeem(self, basis: Basis, code: str) -> list[LicenseView]:
        """Return the licenses of a holder's code.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.RedeemPresentationRequest(basis=basis_message(basis), code=code)
        response = await self._ask("RedeemPresentation", request, pb.RedeemPresentationResponse)
        return [self._view(item) for item in response.licenses]

    async def link(self, basis: Basis, identifier: str, purpose: str) -> str:
        """Return the path, at the node's HTTP address, of a watermarked PDF, valid once.

        Raises:
            ExchangeError: as ``issue``.
        """
        request = pb.LinkLicenseRequest(basis=basis_message(basis), identifier=identifier, purpose=purpose)
        return str((await self._ask("LinkLicense", request, pb.LinkLicenseResponse)).path)
