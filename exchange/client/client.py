"""The Python client for queries, which verifies every answer before returning it.

::

    async with Client("node:7443", certificate=…, key=…, trust=folder) as client:
        found = await client.verify(basis, "identity.person", subject, [Claim("name", Operator.EQ, ("张三",))])
        found.outcomes, found.evidence.save(folder, "identity")

Each answer is checked: seal, chain, revocation, receipt, and that it is to this request. ``SyncClient`` has the same
methods for programs without an event loop.
"""

from collections.abc import Mapping, Sequence

from yici.exchange.v1 import exchange_pb2 as pb

from exchange.client.answers import as_asked, findings_of, is_about, not_as_asked, queried_of, require_about
from exchange.client.checked import SERVICE
from exchange.client.chunks import ChunkClient
from exchange.client.nonces import new_nonce
from exchange.client.proven import Queried, Requirement, Subject, Verified
from exchange.errors import ExchangeError
from exchange.services.wire.asking import RESOLUTIONS, basis_message, claim_message, subject_message
from registry.basis import Basis
from registry.claims import Claim
from registry.outcomes import Resolution, resolution_of, why_unknown


class Client(ChunkClient):
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
        response, digest = await self.call(SERVICE, "Verify", request, pb.VerifyResponse)
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
        response, digest = await self.call(SERVICE, "Query", request, pb.QueryResponse)
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
        response, digest = await self.call(SERVICE, "Resolve", request, pb.ResolveResponse)
        return [self._requirement(item, digest, list(subjects.values())) for item in response.requirements]

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
