"""``exchange.v1.ExchangeService``: Verify, Query, VerifyBatch and Resolve."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from yici.exchange.v1 import exchange_pb2 as pb

from exchange.acts.call import Call
from exchange.acts.perform import perform
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal, invalid
from exchange.acts.road import Road
from exchange.query.pipeline import Answered, Exchange
from exchange.query.question import MAX_SUBJECTS, Question
from exchange.query.resolve import Settled, resolve
from exchange.query.resolving import Resolving
from exchange.services import messages
from exchange.services.calls import Context, Received, abort, status_of
from exchange.services.servicer import ActServicer, does
from exchange.settings import Limits
from keys.printable import is_printable
from registry.basis import Basis
from registry.errors import RuleError
from registry.identifiers import SubjectKind
from registry.matters import Mode

_MAX_CHUNK_ID = 100


class ExchangeServicer(ActServicer):
    """Converts calls into questions, which the query path answers."""

    service = pb.DESCRIPTOR.services_by_name["ExchangeService"]

    def __init__(self, road: Road, limits: Limits, exchange: Exchange) -> None:
        super().__init__(road, limits)
        self._exchange = exchange

    @does("verify")
    async def verify(self, received: Received, context: Context) -> pb.VerifyResponse | None:
        """Answer a Verify request."""
        outcome = await self._ask(self.call(received, context), received, messages.verify_question)
        if isinstance(outcome, Refusal):
            return await abort(context, outcome)
        return pb.VerifyResponse(
            answered=messages.answered_message(outcome),
            outcomes=messages.outcomes_of(outcome),
            unknown_reasons=messages.reasons_of(outcome),
        )

    @does("query")
    async def query(self, received: Received, context: Context) -> pb.QueryResponse | None:
        """Answer a Query request."""
        outcome = await self._ask(self.call(received, context), received, messages.query_question)
        if isinstance(outcome, Refusal):
            return await abort(context, outcome)
        return messages.query_response(outcome)

    @does("verify")
    async def verify_batch(
        self, requests: AsyncIterator[Received], context: Context
    ) -> AsyncIterator[pb.VerifyBatchResponse]:
        """Answer chunk by chunk; the next is read after the last answer, which slows down fast senders."""
        answered: set[str] = set()
        async for received in requests:
            chunk = received.message.chunk_id
            response = pb.VerifyBatchResponse(chunk_id=chunk[:_MAX_CHUNK_ID])
            outcome = await self._ask_chunk(received, context, answered)
            if isinstance(outcome, Refusal):
                response.error = status_of(outcome).SerializeToString()
            else:
                answered.add(chunk)
                response.answered.answered.CopyFrom(messages.answered_message(outcome))
                response.answered.outcomes.extend(messages.outcomes_of(outcome))
                response.answered.unknown_reasons.extend(messages.reasons_of(outcome))
            yield response

    @does("resolve")
    async def resolve(self, received: Received, context: Context) -> pb.ResolveResponse | None:
        """Answer a Resolve request."""
        outcome = await self._resolve(received, self.call(received, context))
        if isinstance(outcome, Refusal):
            return await abort(context, outcome)
        return pb.ResolveResponse(requirements=[messages.requirement_message(settled) for settled in outcome])

    async def _ask(self, call: Call, received: Received, read: Callable[[Received], Question]) -> Answered | Refusal:
        try:
            question, fault = read(received), None
        except RuleError as error:
            question, fault = _unread(received), invalid(error)
        return await self._exchange.ask(call, question, fault)

    async def _ask_chunk(self, received: Received, context: Context, answered: set[str]) -> Answered | Refusal:
        def read(received: Received) -> Question:
            _check_chunk_id(received.message.chunk_id, answered)
            return messages.batch_question(received)

        call = self.call(received, context)
        if context.time_remaining() is None:  # a chunk in an open stream: the longest time of a call
            call = replace(call, seconds=self._limits.max_seconds)
        return await self._ask(call, received, read)

    async def _resolve(self, received: Received, call: Call) -> list[Settled] | Refusal:
        async def work(permit: Permit[Resolving]) -> list[Settled] | Refusal:
            register = permit.state.register
            matter = register.matters[received.message.basis.matter]
            try:
                case = messages.case_of(received, matter)
            except RuleError as error:
                return invalid(error)
            return await resolve(self._exchange, call, register, matter, case)

        return await perform(self._road, call, Resolving(_unread(received)), work)


def _check_chunk_id(chunk: str, answered: set[str]) -> None:
    """Check a chunk's id within its stream; a refused chunk may be repeated with its id.

    Raises:
        RuleError: the id is invalid, or an answered chunk has it.
    """
    if not 0 < len(chunk) <= _MAX_CHUNK_ID or not is_printable(chunk):
        raise RuleError("chunk_id", f"1 to {_MAX_CHUNK_ID} printable characters")
    if chunk in answered:
        raise RuleError("chunk_id", "already used in this stream")


def _unread(received: Received) -> Question:
    """Return the recordable part of a question whose request cannot be parsed."""
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
