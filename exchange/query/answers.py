"""Sealing of answers: results as an SD-JWT, signed with the source agency's seal.

Values are selectively disclosable: the subject's identifier, the claims' values, each field of each record, and each
subject of a chunk. So an officer can pass on one of them, still sealed. Results, basis and decision are in clear.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from exchange.acts.refusals import Reason, Refusal, disagrees
from exchange.acts.requester import Requester
from exchange.pki.agency_seals import AgencySeals
from exchange.query.access import Granted
from exchange.query.question import Question, is_open, values_for
from keys.evidence import MEDIA_TYPE
from keys.sdjwt import Concealer, join
from registry.claims import Claim, Condition
from registry.outcomes import Finding, all_plain
from registry.seals.kinds import TargetKind


@dataclass(frozen=True, slots=True)
class Result:
    """The contents of an answer: findings (for each subject, one a claim) or records, and their time.

    ``clear`` are the fields that the paying grants give unmasked. ``incomplete`` is the reason why there may be more
    records; ``unreadable``, if not empty, names for each record the fields whose values the store has lost.
    """

    as_of: datetime
    outcomes: Sequence[Sequence[Finding]] = ()
    records: Sequence[Mapping[str, str]] = ()
    clear: frozenset[str] = frozenset()
    incomplete: str = ""
    unreadable: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class Sealed:
    """An answer, and the hex digest of its issuer-signed JWT, which the ledger contains."""

    text: str
    digest: str


def seal_answer(
    seals: AgencySeals, requester: Requester, question: Question, granted: Granted, result: Result
) -> Sealed | Refusal:
    """Return the sealed answer, or a refusal if there is no seal."""
    source = granted.dataset.source
    seal = seals.of(source, TargetKind.ANSWER)
    if seal is None and seals.departs(source):
        return disagrees(f"a seal of {source}")
    if seal is None:
        return Refusal(Reason.SEAL_UNAVAILABLE, f"no seal of {source} is in force on this node")
    issued_at = int(time.time())
    concealer, content = _content(question, result)
    payload = {
        "iss": source,
        "iat": issued_at,
        "kind": question.mode,
        "dataset": granted.dataset.id,
        "catalogue": granted.dataset.version,
        "request": question.digest,
        "requester": {"agency": requester.agency.uscc, "system": requester.system.id},
        "basis": {
            "matter": question.basis.matter,
            "case": question.basis.case,
            "legal_basis": question.basis.legal_basis,
            "officer": question.basis.officer,
        },
        "decision": {"policies": list(granted.policies), "policy": granted.policy_digest},
        "as_of": result.as_of.isoformat(timespec="seconds").replace("+00:00", "Z"),
        **content,
        "_sd_alg": "sha-256",
    }
    jwt = seal.issuer(MEDIA_TYPE).issue(payload)
    return Sealed(join(jwt, concealer.disclosures), sha256(jwt.encode()).hexdigest())


def _content(question: Question, result: Result) -> tuple[Concealer, dict[str, Any]]:
    if question.chunk:
        return _chunk(question, result)
    values = 1 + len(question.claims) + sum(len(record) for record in result.records)
    concealer = Concealer(values)
    content: dict[str, Any] = {
        "subject": {"kind": question.kind, "_sd": [concealer.conceal("identifier", question.identifiers[0])]}
    }
    if question.claims:
        content["results"] = [
            {**_claim(claim, concealer), **_found(finding)}
            for claim, finding in zip(question.claims, result.outcomes[0], strict=True)
        ]
    else:
        content["records"] = [
            {"_sd": sorted(concealer.conceal(name, value) for name, value in record.items())}
            for record in result.records
        ]
        content |= {"incomplete": result.incomplete} if result.incomplete else {}
        content |= {"unreadable": result.unreadable} if result.unreadable else {}
    return concealer, content


def _found(finding: Finding) -> dict[str, Any]:
    return {
        "result": finding.outcome,
        **({"reason": finding.reason} if finding.reason else {}),
        **({"equal_after": finding.equal_after} if finding.equal_after else {}),
    }


def _claim(claim: Claim, concealer: Concealer) -> dict[str, Any]:
    """Return a claim as JSON; the values are concealed, or absent if each subject of a chunk has its own."""
    return {
        "field": claim.field,
        "operator": claim.operator,
        **({"aggregate": claim.aggregate} if claim.aggregate != "ANY" else {}),
        **({"last_months": claim.last_months} if claim.last_months else {}),
        **({"where": [_condition(item) for item in claim.where]} if claim.where else {}),
        **({} if is_open(claim) else {"_sd": [concealer.conceal("values", list(claim.values))]}),
    }


def _condition(condition: Condition) -> dict[str, Any]:
    return {"field": condition.field, "operator": condition.operator, "values": list(condition.values)}


def _chunk(question: Question, result: Result) -> tuple[Concealer, dict[str, Any]]:
    """Return a chunk's contents: the claims once, then one disclosable element a subject."""
    concealer = Concealer(len(question.identifiers) + len(question.claims))
    subjects = []
    for at, (identifier, findings) in enumerate(zip(question.identifiers, result.outcomes, strict=True)):
        element: dict[str, Any] = {"identifier": identifier, "results": [item.outcome for item in findings]}
        if not all_plain(findings):
            element["reasons"] = [item.reason or "" for item in findings]
            element["equal_after"] = [item.equal_after for item in findings]
        if question.values:
            element["values"] = values_for(question, at)
        subjects.append(concealer.conceal_element(element))
    return concealer, {
        "chunk": question.chunk,
        "kind_of_subject": question.kind,
        "claims": [_claim(claim, concealer) for claim in question.claims],
        "subjects": subjects,
    }
