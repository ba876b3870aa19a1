"""The query path: every question, alone, in a chunk or from a matter, goes this way and no other.

::

    authenticate   certificate → requester
    understand     dataset and form of the question
    authorize      requester × dataset × fields × basis → permit
    fetch          the dataset's source, with a deadline
    minimize       claims → outcomes, records → granted fields
    seal           the source agency's seal signs the answer
    record         the ledger entry is durable, the receipt is made
    respond

What any stage refuses is recorded too, before the caller hears of it. Nothing is released that is not on the record.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from adapters.errors import SourceError
from adapters.source import Described, Fetched, Record, Source
from exchange.acts.bursts import SHARED, Bursts
from exchange.acts.failures import unrecorded
from exchange.acts.refusals import Reason, Refusal, invalid, source_failed
from exchange.acts.requester import Authenticator, Requester
from exchange.metrics import count_malformed
from exchange.query.access import Access, Permit
from exchange.query.answers import Result, Sealed, Sealer
from exchange.query.entries import answered, refused
from exchange.query.judging import all_readable, prepare
from exchange.query.masking import mask_records, unreadable_fields
from exchange.query.question import Question, check_question, values_for
from registry.agencies import Duty
from registry.catalogue import Dataset, disagreeing
from registry.errors import LedgerError, RuleError, StorageError
from registry.ledger.leaf import Entry, Pseudonyms
from registry.ledger.recorder import Recorder
from registry.matters import Matter, Mode
from registry.outcomes import UNKNOWN, Finding, Unknown
from registry.quotas import Quotas, Taken
from registry.register import Register

_IN_DOUBT = "the register is in doubt; nothing is answered until it is read anew"
_AT_ONCE = 200
"""Subjects of a chunk between two turns of the event loop."""
MAX_RECORDS = 10_000
"""Records of one subject that an answer hands out; they take half a second of a worker's time."""
MAX_SEALED = 60 * 1024 * 1024
"""Characters of an answer: with its receipt it is a message that a client takes."""
_SHARE_KEPT, _MOST_KEPT = 0.1, 0.5
"""Of a call's time (seconds), what is kept for sealing, recording and the way back: who waits for a source that is
too slow is told so, by name, instead of hearing nothing."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """Evidence, and what it says."""

    answer: str
    receipt: str
    result: Result


@dataclass(slots=True)
class Standing:
    """What one reading of the register comes to; replaced as a whole when the register changes."""

    register: Register
    access: Access
    sealer: Sealer


class Exchange:
    """The node's one way to answer."""

    def __init__(self, ledger: Recorder, quotas: Quotas, sources: Mapping[str, Source], pseudonyms: Pseudonyms) -> None:
        self._ledger = ledger
        self._quotas = quotas
        self._sources = sources
        self._pseudonyms = pseudonyms
        self._authenticator = Authenticator()
        self._bursts = Bursts(ledger)
        self._in_flight: set[asyncio.Task[object]] = set()
        self._agreeing: dict[str, tuple[Source, Dataset, frozenset[str]]] = {}
        self.standing: Standing | None = None

    async def ask(self, certificate: bytes, question: Question, seconds: float) -> Answered | Refusal:
        """Answer one question within ``seconds``, or refuse it; either way it is on the record."""
        try:
            outcome = await self._answer(certificate, question, seconds)
        except asyncio.CancelledError:
            gone = Refusal(Reason.CALLER_GONE, "the caller went away before the answer was ready")
            self._keep(asyncio.create_task(self.refuse(certificate, question, gone)))
            raise
        except Exception as error:  # noqa: BLE001  # whatever fails is on the record, and told without its details
            log.error("exchange.failed", error=type(error).__name__)
            outcome = Refusal(Reason.INTERNAL, "the node failed to answer this; it is on the record")
        if isinstance(outcome, Refusal):
            return await self.refuse(certificate, question, outcome)
        return outcome

    @property
    def register(self) -> Register:
        """The register as it stands; empty while it is in doubt."""
        return self.standing.register if self.standing else Register()

    def requester(self, certificate: bytes, duty: Duty | None = Duty.REQUEST) -> Requester | Refusal:
        """Who asks, if it is a system on record with this duty (None for any)."""
        if self.standing is None:
            return Refusal(Reason.REGISTER_IN_DOUBT, _IN_DOUBT)
        return self._authenticator.authenticate(certificate, self.standing.register, duty)

    def caller(self, certificate: bytes) -> str:
        """See ``Authenticator``."""
        return self._authenticator.caller(certificate, self.register)

    def matter(self, certificate: bytes, name: str) -> Matter | Refusal:
        """A matter on record, for a requester who may ask."""
        requester = self.requester(certificate)
        if isinstance(requester, Refusal) or self.standing is None:
            return requester if isinstance(requester, Refusal) else Refusal(Reason.REGISTER_IN_DOUBT, _IN_DOUBT)
        found = self.standing.register.matters.get(name)
        return found or Refusal(Reason.MATTER_UNKNOWN, "no such matter on record", "basis.matter")

    async def _answer(self, certificate: bytes, question: Question, seconds: float) -> Answered | Refusal:
        standing = self.standing
        if standing is None:
            return Refusal(Reason.REGISTER_IN_DOUBT, _IN_DOUBT)
        requester = self._authenticator.authenticate(certificate, standing.register, Duty.REQUEST)
        if isinstance(requester, Refusal):
            return requester
        understood = understand(question, standing.register)
        if isinstance(understood, Refusal):
            return understood
        authorized = await self._authorize(standing, requester, understood)
        if isinstance(authorized, Refusal):
            return authorized
        permit, taken = authorized
        try:
            result = await self._result(understood, permit, seconds)
            if isinstance(result, Refusal):
                return result
            current = self._unchanged(standing, certificate, understood, permit)
            if isinstance(current, Refusal):
                return current
            sealed = current.sealer.seal(requester, understood, permit, result)
            if isinstance(sealed, Refusal):
                return sealed
            if len(sealed.text) > MAX_SEALED:
                return Refusal(Reason.ANSWER_TOO_LARGE, f"the answer would be longer than {MAX_SEALED} characters")
            taken.spent = True
            outcome = await self._record(requester, understood, permit, sealed, result)
            taken.spent = isinstance(outcome, Answered)  # while nobody can tell, it is
            return outcome
        finally:
            self._quotas.settle(taken)

    async def _result(self, question: Question, permit: Permit, seconds: float) -> Result | Refusal:
        fetched = await self._fetch(question, permit.dataset, seconds)
        if isinstance(fetched, Refusal):
            return fetched
        count_malformed(question.dataset, fetched.malformed)
        if fetched.malformed and not question.chunk:
            return Refusal(Reason.SOURCE_MALFORMED, fetched.malformed[question.identifiers[0]])
        if question.mode is Mode.QUERY and max(map(len, fetched.records.values()), default=0) > MAX_RECORDS:
            detail = f"{question.dataset} has more than {MAX_RECORDS} records of this subject"
            return Refusal(Reason.ANSWER_TOO_LARGE, detail)
        return await minimize(question, permit, fetched)

    def _unchanged(
        self, before: Standing, certificate: bytes, question: Question, permit: Permit
    ) -> Standing | Refusal:
        """The present reading of the register, if it permits what was permitted before the source was asked."""
        current = self.standing
        if current is before:
            return current
        if current is None:
            return Refusal(Reason.REGISTER_IN_DOUBT, _IN_DOUBT)
        requester = self._authenticator.authenticate(certificate, current.register, Duty.REQUEST)
        if isinstance(requester, Refusal):
            return requester
        if isinstance(understood := understand(question, current.register), Refusal):
            return understood
        again = current.access.authorize(requester, understood, current.register.datasets[question.dataset])
        if isinstance(again, Refusal):
            return again
        if again.dataset != permit.dataset or not set(permit.grants) <= set(again.grants):
            return Refusal(Reason.GRANT_NOT_IN_FORCE, "the dataset or the grant changed while its source was asked")
        return current

    async def _authorize(
        self, standing: Standing, requester: Requester, question: Question
    ) -> tuple[Permit, Taken] | Refusal:
        dataset = standing.register.datasets[question.dataset]
        permit = standing.access.authorize(requester, question, dataset)
        if isinstance(permit, Refusal):
            return permit
        unmetered = tuple(grant for grant in permit.grants if grant.daily_quota is None)
        if unmetered:
            paying = permit if len(unmetered) == len(permit.grants) else replace(permit, grants=unmetered)
            return paying, Taken(None, 0)
        try:
            for grant in permit.grants:
                if taken := await self._quotas.take(grant, len(question.identifiers)):
                    return replace(permit, grants=(grant,)), taken  # and nothing that only another gives in clear
        except StorageError:
            return Refusal(Reason.REGISTER_IN_DOUBT, "the quota cannot be counted")
        return Refusal(Reason.QUOTA_USED_UP, f"today's quota for {dataset.id} is used up")

    def _disagrees(self, source: Source, dataset: Dataset, fields: Sequence[str]) -> str:
        """The first field that the source makes otherwise than the catalogue on record says; empty if there is none."""
        known = self._agreeing.get(dataset.id)
        if known is None or known[0] is not source or known[1] is not dataset:
            odd = disagreeing(dataset, source.catalogue) if isinstance(source, Described) else frozenset()
            if odd:
                log.error("source.described_otherwise", dataset=dataset.id, fields=sorted(odd))
            self._agreeing[dataset.id] = known = source, dataset, odd
        return next((name for name in fields if name in known[2]), "") if known[2] else ""

    async def _fetch(self, question: Question, dataset: Dataset, seconds: float) -> Fetched | Refusal:
        source = self._sources.get(question.dataset)
        if source is None:
            return Refusal(Reason.SOURCE_UNAVAILABLE, f"no source for {question.dataset} is connected to this node")
        if odd := self._disagrees(source, dataset, question.accessed_fields):
            return Refusal(Reason.SOURCE_MALFORMED, f"{odd}: described for another version of the catalogue")
        try:
            own = seconds - min(seconds * _SHARE_KEPT, _MOST_KEPT)
            return await source.fetch(question.kind, question.identifiers, question.accessed_fields, own)
        except SourceError as error:
            return source_failed(error)

    async def _record(
        self, requester: Requester, question: Question, permit: Permit, sealed: Sealed, result: Result
    ) -> Answered | Refusal:
        entry = answered(requester, question, permit, sealed.digest, self._pseudonyms)
        try:
            receipt = await self._ledger.record(entry)
        except LedgerError as error:
            return unrecorded(error)
        return Answered(sealed.text, receipt, result)

    async def refuse(self, certificate: bytes, question: Question, refusal: Refusal) -> Refusal:
        """Put a refusal on the record, then give it back. The ledger's own failure changes nothing but is told."""
        register = self.register
        requester = self._authenticator.authenticate(certificate, register, Duty.REQUEST)
        return await self.put_on_record(
            certificate, refusal, lambda: refused(requester, question, refusal, register, self._pseudonyms)
        )

    async def put_on_record(self, certificate: bytes, refusal: Refusal, make: Callable[[], Entry]) -> Refusal:
        """Put a refusal on the record, in an entry of its own or of its burst; the ledger's own failure is told."""
        try:
            if refusal.reason in SHARED:
                await self._bursts.record(self.caller(certificate), refusal.reason, make)
            else:
                await self._ledger.record(make())
        except LedgerError as error:
            return unrecorded(error)
        return refusal

    async def drain(self) -> None:
        """Wait for records that no caller waits for any more, and record what is only counted yet."""
        await asyncio.gather(*self._in_flight, return_exceptions=True)
        await self._bursts.close()

    def _keep(self, task: "asyncio.Task[Refusal]") -> None:
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)


def understand(question: Question, register: Register) -> Question | Refusal:
    """The question in canonical form, about a dataset on record."""
    if question.basis.missing:
        field = f"basis.{question.basis.missing}"
        return Refusal(Reason.BASIS_MISSING, f"{field}: no question without a basis", field)
    dataset = register.datasets.get(question.dataset)
    if dataset is None:
        return Refusal(Reason.DATASET_UNKNOWN, "no such dataset in the catalogue", "dataset")
    try:
        return check_question(question, dataset)
    except RuleError as error:
        return invalid(error)


async def minimize(question: Question, permit: Permit, fetched: Fetched) -> Result:
    """Only what was asked for and granted."""
    records = [fetched.records.get(key, ()) for key in question.identifiers]
    if question.mode is Mode.VERIFY:
        return Result(fetched.as_of, outcomes=await _judged(question, permit, fetched, records))
    clear = frozenset(name for grant in permit.grants for name in grant.clear_fields)
    shown = mask_records(records[0], question.fields, clear, permit.dataset)
    missing, hidden = _incomplete(fetched, records[0]), unreadable_fields(records[0])
    return Result(fetched.as_of, records=shown, clear=clear, incomplete=missing, unreadable=hidden)


async def _judged(
    question: Question, permit: Permit, fetched: Fetched, records: Sequence[Sequence[Record]]
) -> list[list[Finding]]:
    tests = prepare(question.claims, permit.dataset)
    malformed, none = [UNKNOWN[Unknown.RECORD_MALFORMED]] * len(tests), [()] * len(tests)
    clear = not (fetched.incomplete or fetched.malformed) and all(map(all_readable, records))
    findings: list[list[Finding]] = []
    for at, found in enumerate(records):
        if at % _AT_ONCE == _AT_ONCE - 1:
            await asyncio.sleep(0)  # a chunk of ten thousand must not hold up everyone else's calls
        values = values_for(question, at) if question.values else none
        if clear:
            findings.append([test.clear(found, own) for test, own in zip(tests, values, strict=True)])
        elif question.identifiers[at] in fetched.malformed:
            findings.append(malformed)
        else:
            doubt = _incomplete(fetched, found)
            findings.append([test.doubtful(found, own, doubt) for test, own in zip(tests, values, strict=True)])
    return findings


def _incomplete(fetched: Fetched, found: Sequence[Record]) -> str:
    """Why one more record of a subject may exist; a subject that has its only record lacks none."""
    return "" if fetched.single and found else fetched.incomplete
