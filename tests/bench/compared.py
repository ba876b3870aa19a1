"""The calls that a comparison of two checkouts measures, and their requests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.message import Message
from yici.exchange.v1 import exchange_pb2 as pb
from yici.registry.v1 import license_pb2 as licenses

from exchange.demo.person import Person
from exchange.services.wire.asking import basis_message, claim_message, subject_message
from exchange.services.wire.licenses import draft_message
from registry.basis import Basis
from registry.claims import Claim, Operator
from registry.identifiers import SubjectKind
from registry.licenses.license import Draft
from tests.bench.calls import FIVE, SERVICE
from tests.bench.licenses import FIELDS, HOLDER, LICENSES
from tests.support.ask import BASIS, TRIAL
from tests.support.permits import PERMIT, SETTLE

PERMITS = "residence-desk"
_SETTLEMENT = "talent-settlement"
_CHUNK, _BATCH, _BATCHES = 5_000, 100, 600
"""Subjects of a chunk, licenses of a batch, and more batches than a node issues in a measurement."""
_ON_STREAMS = {"stream": True, "concurrency": 4, "connections": 4}
_STATUS = Claim("status", Operator.EQ, ("normal",))
Make = Callable[[Sequence[Person], Sequence[str]], list[Message]]


@dataclass(frozen=True, slots=True)
class Compared:
    """A kind of call: who sends it, how, and what makes its requests from people and issued licenses.

    ``each`` is the number of subjects or licenses of a request.
    """

    name: str
    system: str
    path: str
    requests: Make
    each: int = 1
    how: dict[str, Any] = field(default_factory=dict)

    @property
    def plan(self) -> dict[str, Any]:
        """The settings of the load generator."""
        return {"method": self.path, **self.how}


async def issue_some(channel: grpc.aio.Channel) -> list[str]:
    """Issue licenses to check, and return their identifiers.

    Raises:
        RuntimeError: the batch is refused.
    """
    async with channel:
        stream: Any = channel.stream_stream(f"{LICENSES}IssueBatch")()
        await stream.write(_batch(500).SerializeToString())
        outcomes = licenses.IssueBatchResponse.FromString(await stream.read()).outcomes
        stream.cancel()
    if not outcomes or any(item.error for item in outcomes):
        raise RuntimeError("the batch is refused")
    return [item.license.identifier for item in outcomes]


def _asked(basis: Basis, person: Person) -> dict[str, Any]:
    subject = subject_message(SubjectKind.CITIZEN_ID, person.id)
    return {"basis": basis_message(basis), "dataset": "identity.person", "subject": subject}


def _verify(crowd: Sequence[Person], _issued: Sequence[str]) -> list[Message]:
    claims = [[Claim("name", Operator.EQ, (person.name,)), _STATUS] for person in crowd]
    return [
        pb.VerifyRequest(**_asked(BASIS, person), claims=map(claim_message, own))
        for person, own in zip(crowd, claims, strict=True)
    ]


def _query(crowd: Sequence[Person], _issued: Sequence[str]) -> list[Message]:
    return [pb.QueryRequest(**_asked(BASIS, person), fields=["name", "sex", "status"]) for person in crowd]


def _resolve(crowd: Sequence[Person], _issued: Sequence[str]) -> list[Message]:
    return [
        pb.ResolveRequest(
            basis=basis_message(FIVE),
            subjects={"applicant": subject_message(SubjectKind.CITIZEN_ID, person.id)},
            facts={"name": person.name},
        )
        for person in crowd
    ]


def _chunks(crowd: Sequence[Person], _issued: Sequence[str]) -> list[Message]:
    claims = [claim_message(Claim("name", Operator.EQ)), claim_message(_STATUS)]
    return [
        pb.VerifyBatchRequest(
            chunk_id=f"{at}",
            basis=basis_message(TRIAL),
            dataset="identity.person",
            claims=claims,
            subject_kind=pb.SUBJECT_KIND_CITIZEN_ID,
            items=[pb.BatchItem(identifier=item.id, values=[item.name]) for item in crowd[at : at + _CHUNK]],
        )
        for at in range(0, len(crowd), _CHUNK)
    ]


def _batches(_crowd: Sequence[Person], _issued: Sequence[str]) -> list[Message]:
    return [_batch(_BATCH) for _ in range(_BATCHES)]


def _batch(size: int) -> Message:
    """Return a batch of new licenses."""
    names = [uuid4().hex[:16] for _ in range(size)]
    drafts = [Draft("residence_permit", name, name, (HOLDER,), FIELDS, date(2026, 1, 1)) for name in names]
    return licenses.IssueBatchRequest(
        batch_id="b",
        basis=basis_message(PERMIT),
        type="residence_permit",
        drafts=[draft_message(draft, fill=False) for draft in drafts],
    )


def _checks(_crowd: Sequence[Person], issued: Sequence[str]) -> list[Message]:
    return [licenses.CheckLicenseRequest(basis=basis_message(SETTLE), identifier=item) for item in issued]


COMPARED = (
    Compared("Verify", _SETTLEMENT, f"{SERVICE}Verify", _verify),
    Compared("Query", _SETTLEMENT, f"{SERVICE}Query", _query),
    Compared("Resolve", _SETTLEMENT, f"{SERVICE}Resolve", _resolve),
    Compared("VerifyBatch", _SETTLEMENT, f"{SERVICE}VerifyBatch", _chunks, _CHUNK, _ON_STREAMS),
    Compared("IssueBatch", PERMITS, f"{LICENSES}IssueBatch", _batches, _BATCH, _ON_STREAMS),
    Compared("CheckLicense", _SETTLEMENT, f"{LICENSES}CheckLicense", _checks),
)
