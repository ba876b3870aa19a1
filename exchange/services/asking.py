"""exchange.v1.ExchangeService."""

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
from exchange.services.service import ActService
from exchange.settings import Limits
from keys.printable import is_printable
from registry.basis import Basis
from registry.errors import RuleError
from registry.identifiers import SubjectKind
from registry.matters import Mode

_MAX_CHUNK_ID = 100


class ExchangeService(ActService):
    """Turns calls into questions; the query path answers them."""

    def __init__(self, road: Road, limits: Limits, exchange: Exchange) -> None:
        super().__init__(road, limits)
        self._exchange = exchange

    async def verify(self, received: Received, context: Context) -> pb.VerifyResponse | None:
        """Answer a Verify."""
        outcome = await self._ask(self.call("Verify", context), received, messages.verify_question)
        if isinstance(outcome, Refusal):
            return await abort(context, outcome)
        return pb.VerifyResponse(
            answered=messages.answered_message(outcome),
            outcomes=messages.outcomes_of(outcome),
            unknown_reasons=messages.reasons_of(outcome),
        )

    async def query(self, received: Received, context: Context) -> pb.QueryResponse | None:
        """Answer a Query."""
        outcome = await self._ask(self.call("Query", context), received, messages.query_question)
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
            outcome = await self._ask_chunk(received, context, answered)
            if isinstance(outcome, Refusal):
                response.error = status_of(outcome).SerializeToString()
            else:
                answered.add(chunk)
                response.answered.answered.CopyFrom(messages.answered_message(outcome))
                response.answered.outcomes.extend(messages.outcomes_of(outcome))
                response.answered.unknown_reasons.extend(messages.reasons_of(outcome))
            yield response

    async def resolve(self, received: Received, context: Context) -> pb.ResolveResponse | None:
        """Settle a matter."""
        outcome = await self._resolve(received, self.call("Resolve", context))
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

        call = self.call("VerifyBatch", context)
        if context.time_remaining() is None:  # a chunk of an open stream: as long as any call may
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
