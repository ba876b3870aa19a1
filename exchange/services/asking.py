"""exchange.v1.ExchangeService."""

from collections.abc import AsyncIterator, Callable

from yici.exchange.v1 import exchange_pb2 as pb

from exchange.acts.refusals import Reason, Refusal, invalid
from exchange.query.pipeline import Answered, Exchange
from exchange.query.question import MAX_SUBJECTS, Question
from exchange.query.resolve import Settled, resolve
from exchange.services import messages
from exchange.services.calls import (
    Context,
    Received,
    abort,
    certificate_of,
    counted,
    seconds_left,
    status_of,
)
from exchange.services.rates import RateLimit
from exchange.settings import Limits
from keys.printable import is_printable
from registry.basis import Basis
from registry.errors import RuleError
from registry.identifiers import SubjectKind
from registry.matters import Matter, Mode

_MAX_CHUNK_ID = 100


class ExchangeService:
    """Turns calls into questions; the query path answers them."""

    def __init__(self, exchange: Exchange, rates: RateLimit, limits: Limits) -> None:
        self._exchange = exchange
        self._rates = rates
        self._limits = limits

    async def verify(self, received: Received, context: Context) -> pb.VerifyResponse | None:
        """Answer a Verify."""
        outcome = await counted("Verify", self._ask(received, context, messages.verify_question))
        if isinstance(outcome, Refusal):
            return await abort(context, outcome)
        return pb.VerifyResponse(
            answered=messages.answered_message(outcome),
            outcomes=messages.outcomes_of(outcome),
            reasons=messages.reasons_of(outcome),
        )

    async def query(self, received: Received, context: Context) -> pb.QueryResponse | None:
        """Answer a Query."""
        outcome = await counted("Query", self._ask(received, context, messages.query_question))
        if isinstance(outcome, Refusal):
            return await abort(context, outcome)
        return messages.query_response(outcome)

    async def verify_batch(
        self, requests: AsyncIterator[Received], context: Context
    ) -> AsyncIterator[pb.VerifyBatchResponse]:
        """Answer chunk by chunk; the next is read when the last is written, which holds a fast sender back."""
        answered: set[str] = set()
        async for received in requests:
            chunk = received.message.chunk_id
            response = pb.VerifyBatchResponse(chunk_id=chunk[:_MAX_CHUNK_ID])
            outcome = await counted("VerifyBatch", self._ask_chunk(received, context, answered))
            if isinstance(outcome, Refusal):
                response.error = status_of(outcome).SerializeToString()
            else:
                answered.add(chunk)
                response.answered.answered.CopyFrom(messages.answered_message(outcome))
                response.answered.outcomes.extend(messages.outcomes_of(outcome))
                response.answered.reasons.extend(messages.reasons_of(outcome))
            yield response

    async def resolve(self, received: Received, context: Context) -> pb.ResolveResponse | None:
        """Settle a matter."""
        outcome = await counted("Resolve", self._resolve(received, context))
        if isinstance(outcome, Refusal):
            return await abort(context, outcome)
        return pb.ResolveResponse(requirements=[messages.requirement_message(settled) for settled in outcome])

    async def _ask(
        self, received: Received, context: Context, read: Callable[[Received], Question]
    ) -> Answered | Refusal:
        certificate = certificate_of(context)
        refusal = self._rates.take(certificate)
        try:
            question = read(received)
        except RuleError as error:
            return await self._exchange.refuse(certificate, _unread(received), refusal or invalid(error))
        if refusal:
            return await self._exchange.refuse(certificate, question, refusal)
        if question.chunk and context.time_remaining() is None:  # a chunk of an open stream: as long as any call may
            seconds = self._limits.max_seconds
        else:
            seconds = seconds_left(context, self._limits)
        return await self._exchange.ask(certificate, question, seconds)

    async def _ask_chunk(self, received: Received, context: Context, answered: set[str]) -> Answered | Refusal:
        def read(received: Received) -> Question:
            _check_chunk_id(received.message.chunk_id, answered)
            return messages.batch_question(received)

        return await self._ask(received, context, read)

    async def _resolve(self, received: Received, context: Context) -> list[Settled] | Refusal:
        certificate = certificate_of(context)
        if refusal := self._rates.take(certificate):
            return await self._exchange.refuse(certificate, _unread(received), refusal)
        matter = self._matter(certificate, messages.basis_of(received.message.basis))
        if isinstance(matter, Refusal):
            return await self._exchange.refuse(certificate, _unread(received), matter)
        try:
            case = messages.case_of(received, matter)
        except RuleError as error:
            return await self._exchange.refuse(certificate, _unread(received), invalid(error))
        outcome = await resolve(self._exchange, certificate, matter, case, seconds_left(context, self._limits))
        if isinstance(outcome, Refusal):
            return await self._exchange.refuse(certificate, _unread(received), outcome)
        return outcome

    def _matter(self, certificate: bytes, basis: Basis) -> Matter | Refusal:
        if not basis.matter.strip():
            return Refusal(Reason.BASIS_MISSING, "basis.matter: no question without a basis", "basis.matter")
        return self._exchange.matter(certificate, basis.matter)


def _check_chunk_id(chunk: str, answered: set[str]) -> None:
    """A chunk's name in its stream. One that was refused may come again under the same name.

    Raises:
        RuleError: it is no name, or an answered chunk has it.
    """
    if not 0 < len(chunk) <= _MAX_CHUNK_ID or not is_printable(chunk):
        raise RuleError("chunk_id", f"1 to {_MAX_CHUNK_ID} printable characters")
    if chunk in answered:
        raise RuleError("chunk_id", "already used in this stream")


def _unread(received: Received) -> Question:
    """As much of a question as can be put on record when the request cannot be read as one."""
    message = received.message
    basis = message.basis
    count = min(len(getattr(message, "items", ())) or 1, MAX_SUBJECTS)
    return Question(
        Mode.QUERY if isinstance(message, pb.QueryRequest) else Mode.VERIFY,
        Basis(basis.matter, basis.case_number, basis.legal_basis, basis.officer),
        getattr(message, "dataset", ""),
        SubjectKind.CITIZEN_ID,
        ("",) * count,
        digest=received.digest,
    )
