"""The Python client for queries, which verifies every answer before returning it.

::

    async with Client("node:7443", certificate=…, key=…, trust=folder) as client:
        found = await client.verify(basis, "identity.person", subject, [Claim("name", Operator.EQ, ("张三",))])
        found.outcomes, found.evidence.save(folder, "identity")

Each answer is checked: seal, chain, revocation, receipt, and that it is to this request. ``SyncClient`` has the same
methods for programs without an event loop.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from contextlib import nullcontext
from hashlib import sha256
from typing import Any

import grpc
from google.protobuf.message import Message
from yici.exchange.v1 import exchange_pb2 as pb

from exchange.client.answers import as_asked, chunk_of, findings_of, is_about, not_as_asked, queried_of, require_about
from exchange.client.connection import BACKOFF_SECONDS, Connection
from exchange.client.failures import ended, error_in, translated
from exchange.client.messages import serialize, understood
from exchange.client.nonces import new_nonce
from exchange.client.proven import Chunk, ChunkVerified, EvidenceError, Proof, Queried, Requirement, Subject, Verified
from exchange.errors import ExchangeError
from exchange.services.wire.asking import KINDS, RESOLUTIONS, basis_message, claim_message, subject_message
from keys.evidence import check_evidence
from registry.basis import Basis
from registry.claims import Claim
from registry.collector import gc_paused
from registry.identifiers import SubjectKind
from registry.outcomes import Resolution, resolution_of, why_unknown

_SERVICE = "/yici.exchange.v1.ExchangeService/"
_LONGEST_WAIT = 1.0


class Client(Connection):
    """A system's connection to a node, for queries."""

    async def verify(self, basis: Basis, dataset: str, subject: Subject, claims: Sequence[Claim]) -> Verified:
        """Verify claims about a subject.

        Raises:
            ExchangeError: the request was refused or failed; says why.
            EvidenceError: the node answered, but the evidence is not valid.
        """
        request = pb.VerifyRequest(
            basis=basis_message(basis),
            dataset=dataset,
            subject=subject_message(subject.kind, subject.identifier),
            claims=map(claim_message, claims),
            nonce=new_nonce(),
        )
        response, digest = await self.call(_SERVICE, "Verify", request, pb.VerifyResponse)
        proof = self.check(response.answered, digest)
        findings = as_asked("results", lambda: findings_of(proof))
        if len(findings) != len(claims) or not all(map(is_about, proof.checked.answer["results"], claims)):
            raise not_as_asked("results")
        require_about(proof, [subject])
        return Verified(findings, proof)

    async def query(self, basis: Basis, dataset: str, subject: Subject, fields: Sequence[str]) -> Queried:
        """Get fields of a subject's records.

        Raises:
            ExchangeError: as ``verify``.
            EvidenceError: as ``verify``.
        """
        request = pb.QueryRequest(
            basis=basis_message(basis),
            dataset=dataset,
            subject=subject_message(subject.kind, subject.identifier),
            fields=fields,
            nonce=new_nonce(),
        )
        response, digest = await self.call(_SERVICE, "Query", request, pb.QueryResponse)
        proof = self.check(response.answered, digest)
        records = as_asked("records", lambda: queried_of(proof))
        shown = [*records.records, *records.unreadable]
        if not all(set(item) <= set(fields) for item in shown) or len(records.unreadable) not in (
            0,
            len(records.records),
        ):
            raise not_as_asked("records")
        require_about(proof, [subject])
        return records

    async def resolve(
        self, basis: Basis, subjects: Mapping[str, Subject], facts: Mapping[str, str]
    ) -> list[Requirement]:
        """Resolve all requirements of the basis's matter.

        Raises:
            ExchangeError: as ``verify``.
            EvidenceError: as ``verify``.
        """
        request = pb.ResolveRequest(
            basis=basis_message(basis),
            subjects={role: subject_message(item.kind, item.identifier) for role, item in subjects.items()},
            facts=facts,
            nonce=new_nonce(),
        )
        response, digest = await self.call(_SERVICE, "Resolve", request, pb.ResolveResponse)
        return [self._requirement(item, digest, list(subjects.values())) for item in response.requirements]

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
            ExchangeError: as ``verify``, for the stream as a whole.
            EvidenceError: as ``verify``.
        """
        source = aiter(chunks)
        waiting: Chunk | None = None
        loop = asyncio.get_running_loop()
        failures, lost_at = 0, 0.0
        while True:
            if waiting is None and (waiting := await anext(source, None)) is None:
                return
            stream = self.stream(f"{_SERVICE}VerifyBatch", pb.VerifyBatchResponse)
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

    def check(self, answered: pb.Answered, digest: str) -> Proof:
        """Check the evidence of an answer to the request with that digest.

        Raises:
            EvidenceError: the evidence is not valid.
        """
        checked = self.judged(
            lambda trust: check_evidence(answered.answer, answered.receipt, trust, digest, whole=True)
        )
        if checked.failure:
            raise EvidenceError(checked)
        return Proof(answered.answer, answered.receipt, checked)

    def _requirement(self, item: pb.Requirement, digest: str, subjects: Sequence[Subject]) -> Requirement:
        proof = self.check(item.answered, digest) if item.HasField("answered") else None
        findings = as_asked("results", lambda: findings_of(proof)) if proof else ()
        resolution = as_asked("resolution", lambda: RESOLUTIONS.members[item.resolution])
        if proof and proof.checked.answer.get("dataset") != item.dataset:
            raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", f"{item.id}: the evidence is for another requirement")
        if resolution is not resolution_of([finding.outcome for finding in findings], resolution):
            raise ExchangeError("DATA_LOSS", "EVIDENCE_INVALID", f"{item.id}: not what the evidence says")
        if proof:
            require_about(proof, subjects)
        sealed = why_unknown(findings) if resolution is Resolution.UNKNOWN else ""
        return Requirement(
            item.id,
            item.proof,
            item.proof_en,
            resolution,
            sealed if proof else item.reason,
            sealed if proof else item.reason_en,
            item.dataset,
            findings,
            proof,
        )

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
