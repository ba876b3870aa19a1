"""The query path, by which all questions are answered: single ones, chunks, and those of matters.

::

    pay         quotas of the permitting grants
    fetch       the dataset's source, with a deadline
    minimize    claims → outcomes, records → granted fields
    seal        the source agency's seal signs the answer
    record      the ledger entry is durable, and the receipt is made

It is the work of the act (``exchange/acts/perform.py``), after identification, understanding and authorization.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from adapters.errors import SourceError
from adapters.source import DEPARTED, Described, Fetched, Source
from exchange.acts.call import Call
from exchange.acts.failures import unrecorded
from exchange.acts.perform import perform, permitted
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal, source_failed
from exchange.acts.road import Road
from exchange.acts.state import NodeState
from exchange.metrics import count_malformed
from exchange.query.access import Granted
from exchange.query.answers import Result, Sealed, seal_answer
from exchange.query.asking import Asking
from exchange.query.entries import permit_entry
from exchange.query.minimizing import minimize
from exchange.query.question import Question
from registry.catalogue import Dataset, disagreeing
from registry.errors import LedgerError, StorageError
from registry.matters import Mode
from registry.quotas import Quotas, Taken

MAX_RECORDS = 10_000
"""The most records of one subject in an answer; they take half a second of a worker's time."""
MAX_SEALED = 60 * 1024 * 1024
"""The most characters of an answer, so that it fits into a client's message with its receipt."""
_SHARE_KEPT, _MOST_KEPT = 0.1, 0.5
"""The share of a call's time, and the most seconds, reserved for sealing, recording and the response.

So a caller of a slow source gets an error that names the reason, instead of a timeout.
"""
Load = Callable[[Result], Awaitable[None]]
"""Loads what is released with an answer, given its results."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """The evidence, and the results that it proves."""

    answer: str
    receipt: str
    result: Result


class Exchange:
    """Answers questions from sources, under grants and quotas."""

    def __init__(self, road: Road, quotas: Quotas, sources: Mapping[str, Source]) -> None:
        self.road = road
        self._quotas = quotas
        self._sources = sources
        self._agreeing: dict[str, tuple[Source, Dataset, frozenset[str]]] = {}

    async def ask(
        self, call: Call, question: Question, fault: Refusal | None = None, load: Load | None = None
    ) -> Answered | Refusal:
        """Answer one question, or refuse it; both are recorded.

        ``load`` is awaited before the answer is recorded, so that there is no answer if it fails.
        """

        async def work(permit: Permit[Asking]) -> Answered | Refusal:
            return await self._answer(call, permit, load)

        return await perform(self.road, call, Asking(question), fault or work)

    async def _answer(self, call: Call, permit: Permit[Asking], load: Load | None) -> Answered | Refusal:
        question = permit.act.question
        paid = await self._pay(question, Granted.of(permit, question.dataset))
        if isinstance(paid, Refusal):
            return paid
        granted, taken = paid
        try:
            result = await self._result(question, granted, call.seconds)
            if isinstance(result, Refusal):
                return result
            if load is not None:
                await load(result)
            state = self._still_permitted(call, permit, granted)
            if isinstance(state, Refusal):
                return state
            sealed = seal_answer(state.seals, permit.requester, question, granted, result)
            if isinstance(sealed, Refusal):
                return sealed
            if len(sealed.text) > MAX_SEALED:
                return Refusal(Reason.ANSWER_TOO_LARGE, f"the answer would be longer than {MAX_SEALED} characters")
            taken.spent = True
            outcome = await self._record(permit, granted, sealed, result)
            taken.spent = isinstance(outcome, Answered)  # an unknown outcome counts as spent
            return outcome
        finally:
            self._quotas.settle(taken)

    async def _pay(self, question: Question, granted: Granted) -> tuple[Granted, Taken] | Refusal:
        """Return the grants that pay for a question, and what was taken from their quota."""
        unmetered = tuple(grant for grant in granted.grants if grant.daily_quota is None)
        if unmetered:
            paying = granted if len(unmetered) == len(granted.grants) else granted._replace(grants=unmetered)
            return paying, Taken(None, 0)
        try:
            for grant in granted.grants:
                if taken := await self._quotas.take(grant, len(question.identifiers)):
                    return granted._replace(grants=(grant,)), taken  # without fields that only others give in clear
        except StorageError:
            return Refusal(Reason.REGISTER_IN_DOUBT, "the quota cannot be counted")
        return Refusal(Reason.QUOTA_USED_UP, f"today's quota for {question.dataset} is used up")

    async def _result(self, question: Question, granted: Granted, seconds: float) -> Result | Refusal:
        fetched = await self._fetch(question, granted.dataset, seconds)
        if isinstance(fetched, Refusal):
            return fetched
        count_malformed(question.dataset, fetched.malformed)
        if fetched.malformed and not question.chunk:
            what = fetched.malformed[question.identifiers[0]]
            reason = Reason.LEDGER_DISAGREES if what == DEPARTED else Reason.SOURCE_MALFORMED
            return Refusal(reason, what)
        if question.mode is Mode.QUERY and max(map(len, fetched.records.values()), default=0) > MAX_RECORDS:
            detail = f"{question.dataset} has more than {MAX_RECORDS} records of this subject"
            return Refusal(Reason.ANSWER_TOO_LARGE, detail)
        return await minimize(question, granted, fetched)

    def _still_permitted(self, call: Call, permit: Permit[Asking], granted: Granted) -> NodeState | Refusal:
        """Return the present state if it still permits the question after the source's answer."""
        if self.road.state is permit.state:
            return permit.state
        again = permitted(self.road.state, self.road.caller(call).requester, permit.act)
        if isinstance(again, Refusal):
            return again
        now = Granted.of(again, granted.dataset.id)
        if now.dataset != granted.dataset or not set(granted.grants) <= set(now.grants):
            return Refusal(Reason.GRANT_NOT_IN_FORCE, "the dataset or the grant changed while its source was asked")
        return again.state

    def _first_disagreement(self, source: Source, dataset: Dataset, fields: Sequence[str]) -> str:
        """Return the first field that the source describes differently from the catalogue; empty if none."""
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
        if odd := self._first_disagreement(source, dataset, question.accessed_fields):
            return Refusal(Reason.SOURCE_MALFORMED, f"{odd}: described for another version of the catalogue")
        try:
            own = seconds - min(seconds * _SHARE_KEPT, _MOST_KEPT)
            return await source.fetch(question.kind, question.identifiers, question.accessed_fields, own)
        except SourceError as error:
            return source_failed(error)

    async def _record(
        self, permit: Permit[Asking], granted: Granted, sealed: Sealed, result: Result
    ) -> Answered | Refusal:
        entry = permit_entry(permit.requester, permit.act.question, granted, sealed.digest, self.road.pseudonyms)
        try:
            receipt = await self.road.ledger.record(entry)
        except LedgerError as error:
            return unrecorded(error)
        return Answered(sealed.text, receipt, result)
