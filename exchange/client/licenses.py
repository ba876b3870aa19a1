"""The Python client for e-licenses.

::

    async with LicenseClient("node:7443", certificate=…, key=…, trust=folder) as client:
        license = await client.issue(basis, "residence_permit", Draft(…), fill=True)
        license = await client.change(basis, license, Change.SUSPEND, "lost")

What comes back is checked before it is returned: envelope, seal, chain and receipt of a license. What a license says is
read from its verified envelope alone; what only the node's register tells is kept apart, in ``told``.
"""

from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import grpc
from yici.registry.v1 import license_pb2 as pb

from exchange.client.client import Client
from exchange.client.connection import error_in, known, serialize, time_in, translated, understood
from exchange.client.nonces import new_nonce
from exchange.client.proven import Proof, Subject
from exchange.errors import ExchangeError
from exchange.services.wire.asking import OUTCOMES, basis_message, subject_message
from exchange.services.wire.licenses import ANSWERS, CHANGES, STATES, draft_message
from keys.evidence import Verdict
from keys.license import Checked, check_license
from registry.basis import Basis
from registry.errors import RuleError
from registry.licenses.facts import FactsAnswer
from registry.licenses.holders import Holder, HolderKind, canonical_code
from registry.licenses.license import Draft
from registry.licenses.life import Change, LicenseState
from registry.outcomes import Outcome

_PHOTO = "photo_sha256"  # a fact of the page, and no field of the license
_SERVICE = "/yici.registry.v1.LicenseService/"


@dataclass(frozen=True, slots=True)
class Annotation:
    """加注: a note on a license's record; ``until`` is a day, YYYY-MM-DD, or empty."""

    created_at: datetime | None
    author: str
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the node's register tells of a license now, on the node's word: nothing of it is sealed."""

    state: LicenseState
    revision: int
    qr: str
    flag_reason: str
    annotation: Annotation | None


@dataclass(frozen=True, slots=True)
class HeldLicense:
    """A license as its envelope says, once that is checked; what is not disclosed is empty or left out."""

    identifier: str
    type: str
    number: str
    issuer: str
    holders: tuple[Holder, ...]
    fields: Mapping[str, str]
    envelope: str
    receipt: str
    checked: Checked
    told: Told


@dataclass(frozen=True, slots=True)
class StateNow:
    """The state of a license that someone held up, and the receipt of having asked."""

    state: LicenseState
    identifier: str
    type: str
    digest: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a license; ``resume_token`` resumes after it."""

    resume_token: str
    identifier: str
    type: str
    issuer: str
    event: str
    state: LicenseState
    revision: int
    at: datetime | None


class LicenseClient(Client):
    """A system's connection to a node, for asking and for licenses."""

    async def issue(self, basis: Basis, kind: str, draft: Draft, *, fill: bool = False) -> HeldLicense:
        """Issue a license; ``fill`` takes from the record what the type says is there.

        Raises:
            ExchangeError: refused or failed; says why.
        """
        request = pb.IssueLicenseRequest(basis=basis_message(basis), type=kind, draft=draft_message(draft, fill=fill))
        return self._issued((await self._ask("IssueLicense", request, pb.IssueLicenseResponse)).license, kind, draft)

    async def issue_from_metadata(self, basis: Basis, kind: str, metadata: bytes) -> HeldLicense:
        """Issue a license from its GB/T 36903 metadata, JSON or XML; raises as ``issue``."""
        request = pb.IssueLicenseRequest(
            basis=basis_message(basis), type=kind, draft=pb.LicenseDraft(metadata=metadata)
        )
        return self._held((await self._ask("IssueLicense", request, pb.IssueLicenseResponse)).license)

    async def issue_batch(
        self, basis: Basis, kind: str, batches: AsyncIterable[Sequence[Draft]]
    ) -> AsyncIterator[list[HeldLicense | ExchangeError]]:
        """Issue batch after batch; each draft has its license or its own error."""
        call: Any = None
        try:
            number = 0
            async for drafts in batches:
                number += 1
                items = [draft_message(draft, fill=False) for draft in drafts]
                call = call or self.stream(f"{_SERVICE}IssueBatch", pb.IssueBatchResponse)
                await call.write(
                    pb.IssueBatchRequest(batch_id=str(number), basis=basis_message(basis), type=kind, drafts=items)
                )
                response = await call.read()
                if response is grpc.aio.EOF:
                    raise ExchangeError("UNAVAILABLE", "STREAM_BROKEN", "the stream broke; send the batch again")
                if understood(response).error:
                    raise error_in(response.error)
                if len(response.outcomes) != len(drafts):
                    raise _not_as_asked("the batch's licenses are not as many as its drafts")
                yield [
                    error_in(item.error) if item.error else self._issued(item.license, kind, draft)
                    for item, draft in zip(response.outcomes, drafts, strict=True)
                ]
            if call is not None:
                await call.done_writing()
        except grpc.aio.AioRpcError as error:
            raise translated(error) from error
        finally:
            if call is not None:
                call.cancel()

    async def supersede(self, basis: Basis, old: HeldLicense, draft: Draft, reason: str) -> HeldLicense:
        """Amend or renew a license; raises as ``issue``."""
        request = pb.SupersedeLicenseRequest(
            basis=basis_message(basis),
            type=old.type,
            identifier=old.identifier,
            revision=old.told.revision,
            reason=reason,
            draft=draft_message(draft, fill=False),
        )
        found = await self._ask("SupersedeLicense", request, pb.SupersedeLicenseResponse)
        return self._issued(found.license, old.type, draft)

    async def change(self, basis: Basis, held: HeldLicense, change: Change, reason: str) -> HeldLicense:
        """Change a license's state; raises as ``issue``."""
        request = pb.ChangeLicenseRequest(
            basis=basis_message(basis),
            identifier=held.identifier,
            revision=held.told.revision,
            change=CHANGES.numbers[change],
            reason=reason,
        )
        found = await self._ask("ChangeLicense", request, pb.ChangeLicenseResponse)
        return self._held(found.license, held.identifier)

    async def annotate(self, basis: Basis, held: HeldLicense, reason: str, until: str = "") -> HeldLicense:
        """Annotate a license; raises as ``issue``."""
        request = pb.AnnotateLicenseRequest(
            basis=basis_message(basis),
            identifier=held.identifier,
            revision=held.told.revision,
            reason=reason,
            until=until,
        )
        found = await self._ask("AnnotateLicense", request, pb.AnnotateLicenseResponse)
        return self._held(found.license, held.identifier)

    async def get(self, basis: Basis, identifier: str, reason: str = "") -> HeldLicense:
        """A license of one's own, whole; raises as ``issue``."""
        request = pb.GetLicenseRequest(basis=basis_message(basis), identifier=identifier, reason=reason)
        found = await self._ask("GetLicense", request, pb.GetLicenseResponse)
        return self._held(found.license, identifier)

    async def pdf(self, basis: Basis, identifier: str, reason: str = "") -> bytes:
        """The sealed PDF; raises as ``issue``."""
        request = pb.GetLicensePdfRequest(basis=basis_message(basis), identifier=identifier, reason=reason)
        return bytes((await self._ask("GetLicensePdf", request, pb.GetLicensePdfResponse)).pdf)

    async def find(
        self, basis: Basis, kind: str, subject: Subject, fields: Sequence[str]
    ) -> tuple[list[HeldLicense], Proof]:
        """Licenses of a holder, disclosing granted fields, and the sealed answer about them; raises as ``issue``."""
        message = subject_message(subject.kind, subject.identifier)
        request = pb.FindLicensesRequest(
            basis=basis_message(basis), type=kind, subject=message, fields=fields, nonce=new_nonce()
        )
        response, digest = await self.call(_SERVICE, "FindLicenses", request, pb.FindLicensesResponse)
        return self._found(response, digest)

    async def bundle(
        self, basis: Basis, subjects: Mapping[str, Subject]
    ) -> dict[str, list[HeldLicense] | ExchangeError]:
        """Every license that the basis's matter takes, by requirement; raises as ``issue``."""
        roles = {role: subject_message(item.kind, item.identifier) for role, item in subjects.items()}
        request = pb.BundleLicensesRequest(basis=basis_message(basis), subjects=roles, nonce=new_nonce())
        response, digest = await self.call(_SERVICE, "BundleLicenses", request, pb.BundleLicensesResponse)
        return {
            item.requirement: error_in(item.error) if item.error else self._found(item.found, digest)[0]
            for item in response.items
        }

    async def state(self, basis: Basis, *, identifier: str = "", digest: str = "", reason: str = "") -> StateNow:
        """The state, now, of a license held up; raises as ``issue``."""
        request = pb.CheckLicenseRequest(basis=basis_message(basis), reason=reason)
        if digest:
            request.digest = digest
        else:
            request.identifier = identifier
        found = await self._ask("CheckLicense", request, pb.CheckLicenseResponse)
        if (digest or _plain(identifier)) != (found.digest if digest else _plain(found.identifier)):
            raise _not_as_asked("the state is another license's")
        return StateNow(
            known(STATES.members, found.state, "state"), found.identifier, found.type, found.digest, found.receipt
        )

    async def verify_facts(
        self, basis: Basis, kind: str, identifier: str, facts: Mapping[str, str], reason: str = ""
    ) -> tuple[FactsAnswer, dict[str, Outcome]]:
        """Whether stated facts are those of a license, and which, where that may be known; raises as ``issue``."""
        request = pb.VerifyFactsRequest(
            basis=basis_message(basis), type=kind, identifier=identifier, facts=facts, reason=reason
        )
        found = await self._ask("VerifyFacts", request, pb.VerifyFactsResponse)
        answer = known(ANSWERS.members, found.answer, "answer")
        return answer, {key: known(OUTCOMES.members, value, "outcomes") for key, value in found.outcomes.items()}

    async def present(self, basis: Basis, identifiers: Sequence[str], holder: str, purpose: str) -> str:
        """A code with which an officer sees these licenses once; raises as ``issue``."""
        request = pb.PresentLicensesRequest(
            basis=basis_message(basis), identifiers=identifiers, holder_code=holder, purpose=purpose
        )
        return str((await self._ask("PresentLicenses", request, pb.PresentLicensesResponse)).code)

    async def redeem(self, basis: Basis, code: str) -> list[HeldLicense]:
        """What a holder's code shows; raises as ``issue``."""
        request = pb.RedeemPresentationRequest(basis=basis_message(basis), code=code)
        response = await self._ask("RedeemPresentation", request, pb.RedeemPresentationResponse)
        return [self._held(item) for item in response.licenses]

    async def link(self, basis: Basis, identifier: str, purpose: str) -> str:
        """The path, below the node's HTTP address, of a watermarked PDF; good once; raises as ``issue``."""
        request = pb.LinkLicenseRequest(basis=basis_message(basis), identifier=identifier, purpose=purpose)
        return str((await self._ask("LinkLicense", request, pb.LinkLicenseResponse)).path)

    async def review(self, basis: Basis, kind: str) -> pb.ReviewLicensesResponse:
        """Review one's licenses against the data they rest on; raises as ``issue``."""
        request = pb.ReviewLicensesRequest(basis=basis_message(basis), type=kind)
        found: pb.ReviewLicensesResponse = await self._ask("ReviewLicenses", request, pb.ReviewLicensesResponse)
        return found

    async def watch(
        self, basis: Basis, types: Sequence[str] = (), holders: Sequence[str] = (), resume_token: str = ""
    ) -> AsyncIterator[Event]:
        """Events, from a token on, for as long as the caller listens; raises as ``issue``."""
        request = pb.WatchLicensesRequest(
            basis=basis_message(basis), types=types, holder_codes=holders, resume_token=resume_token
        )
        call: Any = self.channel.unary_stream(
            f"{_SERVICE}WatchLicenses",
            request_serializer=serialize,
            response_deserializer=pb.WatchLicensesResponse.FromString,
        )(request)
        try:
            async for item in call:
                understood(item)
                yield Event(
                    item.resume_token, item.identifier, item.type, item.issuer, item.event,
                    known(STATES.members, item.state, "state"), item.revision, time_in(item, "event_time"),
                )  # fmt: skip
        except grpc.aio.AioRpcError as error:
            raise translated(error) from error
        finally:
            call.cancel()

    async def _ask(self, method: str, request: Any, shape: type[Any]) -> Any:
        return (await self.call(_SERVICE, method, request, shape))[0]

    def _found(self, response: pb.FindLicensesResponse, digest: str) -> tuple[list[HeldLicense], Proof]:
        """The licenses of an answer to the request of that digest, which must name them."""
        proof = self.check(response.answered, digest)
        held = [self._held(item) for item in response.licenses]
        said = proof.checked.answer.get("records", ())
        if [item.identifier for item in held] != [record.get("identifier") for record in said]:
            raise _not_as_asked("the licenses are not those that the answer names")
        return held, proof

    def _issued(self, item: pb.License, kind: str, draft: Draft) -> HeldLicense:
        """A license as it was issued on a draft: of its type and to its holders, with its number and what it says."""
        held = self._held(item)
        asked = [(one.kind, _code(one)) for one in draft.holders]
        same = (held.type, held.number) == (kind, draft.number)
        if not same or [(one.kind, one.code) for one in held.holders] != asked:
            raise _not_as_asked("another license came back than the one that was asked for")
        return held

    def _held(self, item: pb.License, asked: str = "") -> HeldLicense:
        """A license in a message, once it is checked; ``asked`` is the identifier that it must have."""
        if not item.receipt:
            raise _not_as_asked("the license has no receipt")
        now = datetime.now(UTC)
        checked = self.judged(lambda trust: check_license(item.envelope, trust, now, receipt=item.receipt))
        broken = [step for step in checked.steps if step.verdict is Verdict.INVALID and step.name != "period"]
        if broken or checked.license.get("identifier") != item.identifier:
            detail = f"{broken[0].name}: {broken[0].detail}" if broken else "the envelope is another license's"
            raise _not_as_asked(detail)
        if asked and _plain(item.identifier) != _plain(asked):
            raise _not_as_asked("another license came back than the one that was asked for")
        state = known(STATES.members, item.state, "state")
        told = Told(state, item.revision, item.qr, item.flag_reason, _annotation(item))
        return held_by(checked, item.envelope, item.receipt, told)


def held_by(checked: Checked, envelope: str, receipt: str, told: Told) -> HeldLicense:
    """What a checked envelope says.

    Raises:
        ExchangeError: it does not say what a license of this kind says.
    """
    said = checked.license
    try:
        texts = [str(said[name]) for name in ("identifier", "type", "number", "iss")]
        holders = tuple(
            Holder(HolderKind(one["kind"]), one.get("code", ""), one.get("name", "")) for one in said["holders"]
        )
        fields = {name: str(value) for name, value in said["license"].items() if name != _PHOTO}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _not_as_asked("the envelope is not one of a license") from error
    return HeldLicense(texts[0], texts[1], texts[2], texts[3], holders, fields, envelope, receipt, checked, told)


def _annotation(item: pb.License) -> Annotation | None:
    if not item.HasField("annotation"):
        return None
    note = item.annotation
    return Annotation(time_in(note, "create_time"), note.author, note.reason, note.until_date)


def _not_as_asked(detail: str) -> ExchangeError:
    return ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", detail)


def _plain(identifier: str) -> str:
    return identifier.strip().upper()


def _code(holder: Holder) -> str:
    try:
        return canonical_code(holder.kind, holder.code)
    except RuleError:  # the node says which rule it breaks
        return holder.code
