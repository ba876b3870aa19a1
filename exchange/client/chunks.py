"""The client's method for chunks of subjects, each of which it verifies."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import nullcontext
from hashlib import sha256
from typing import Any

import grpc
from google.protobuf.message import Message
from yici.exchange.v1 import exchange_pb2 as pb

from exchange.client.answers import chunk_of
from exchange.client.checked import SERVICE, CheckedConnection
from exchange.client.connection import BACKOFF_SECONDS
from exchange.client.failures import ended, error_in, translated
from exchange.client.messages import serialize, understood
from exchange.client.nonces import new_nonce
from exchange.client.proven import Chunk, ChunkVerified
from exchange.errors import ExchangeError
from exchange.services.wire.asking import KINDS, basis_message, claim_message
from registry.basis import Basis
from registry.claims import Claim
from registry.collector import gc_paused
from registry.identifiers import SubjectKind

_LONGEST_WAIT = 1.0


class ChunkClient(CheckedConnection):
    """Verifies claims about many subjects."""

    async def verify_batch(
        self,
        basis: Basis,
        dataset: str,
        kind: SubjectKind,
        claims: Sequence[Claim],
        chunks: AsyncIterable[Chunk],
        *,
        pause_gc: bool = False,
    ) -> AsyncGenerator[ChunkVerified, None]:
        """Verify chunk by chunk, at the node's pace.

        ``pause_gc`` pauses the garbage collector of the process while an answer is checked, which halves the time of
        large chunks.

        A broken stream is resumed with the first unanswered chunk, for as long as one call may take, so that a restart
        of the node ends no batch. A refused chunk is returned with its error.

        Raises:
            ExchangeError: the stream as a whole was refused or failed, or a chunk lacks values; says why.
            EvidenceError: the node answered, but the evidence is not valid.
        """
        source = aiter(chunks)
        waiting: Chunk | None = None
        loop = asyncio.get_running_loop()
        failures, lost_at = 0, 0.0
        while True:
            if waiting is None and (waiting := await anext(source, None)) is None:
                return
            stream = self.stream(f"{SERVICE}VerifyBatch", pb.VerifyBatchResponse)
            try:
                while waiting is not None or (waiting := await anext(source, None)) is not None:
                    request = _chunk_request(basis, dataset, kind, claims, waiting)
                    response = await self._exchange(stream, request)
                    if isinstance(response, ExchangeError):
                        broken = response
                        break
                    with gc_paused() if pause_gc else nullcontext():
                        digest = sha256(serialize(request)).hexdigest()
                        verified = self._chunk(response, kind, waiting, digest, len(claims))
                    yield verified
                    waiting, failures = None, 0
                else:
                    await stream.done_writing()
                    return
            finally:
                stream.cancel()
            lost_at = lost_at if failures else loop.time()
            failures += 1
            wait = broken.retry_seconds or min(BACKOFF_SECONDS * 2**failures, _LONGEST_WAIT)
            if not broken.passing or loop.time() + wait - lost_at >= self.seconds:
                raise broken
            await asyncio.sleep(wait)

    async def _exchange(self, stream: Any, request: Message) -> pb.VerifyBatchResponse | ExchangeError:
        """Send one chunk and return its answer, or the error that ended the stream."""
        try:
            async with asyncio.timeout(self.seconds):
                await stream.write(request)
                response = await stream.read()
        except TimeoutError:
            return ExchangeError("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "a chunk was not answered in time")
        except asyncio.InvalidStateError:  # it broke while the caller used the last answer
            return await ended(stream)
        except grpc.aio.AioRpcError as error:
            return translated(error)
        return await ended(stream) if response is grpc.aio.EOF else understood(response)

    def _chunk(
        self, response: pb.VerifyBatchResponse, kind: SubjectKind, chunk: Chunk, digest: str, claims: int
    ) -> ChunkVerified:
        if response.HasField("error"):
            return ChunkVerified(chunk.id, {}, error=error_in(response.error))
        proof = self.check(response.answered.answered, digest)
        return chunk_of(proof, kind, chunk, claims)


def _chunk_request(
    basis: Basis, dataset: str, kind: SubjectKind, claims: Sequence[Claim], chunk: Chunk
) -> pb.VerifyBatchRequest:
    values = chunk.values or [()] * len(chunk.identifiers)
    if len(values) != len(chunk.identifiers):
        detail = f"values: one for each identifier; a chunk has {len(chunk.identifiers)} and {len(values)}"
        raise ExchangeError("INVALID_ARGUMENT", "INVALID_REQUEST", detail, "values")
    items = [pb.BatchItem(identifier=key, values=own) for key, own in zip(chunk.identifiers, values, strict=True)]
    return pb.VerifyBatchRequest(
        chunk_id=chunk.id,
        basis=basis_message(basis),
        dataset=dataset,
        claims=map(claim_message, claims),
        subject_kind=KINDS.numbers[kind],
        items=items,
        nonce=new_nonce(),
    )
