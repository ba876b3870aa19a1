"""Offline checks of an answer and its receipt, with a trust bundle.

The steps in order; the numbers are repeated in the code:

1. format        the answer is an SD-JWT, the receipt a tlog-proof whose leaf is a ledger entry
2. log           the receipt's checkpoint is signed by the ledger, and its tree includes the leaf
3. on-record     the leaf is about this answer
4. seal          the source agency's seal signed the answer, and every disclosure belongs to it
5. certificate   the seal's certificate led to a trusted root and was in force and unrevoked at the time of the entry
6. agreement     the answer's claims equal those of the ledger entry
7. request       the answer is to this request (only if the caller gives its digest)

A step that depends on a failed step is skipped. The contents of an answer are returned only if all steps succeed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from hmac import compare_digest
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm

from keys.certificates import Use, organization_identifier, read_certificate, verifier_of
from keys.chain import verify_chain
from keys.errors import InvalidError, KeysError, MalformedError, UndecidedError, UnsupportedError
from keys.leaf.facts import QueryFacts
from keys.leaf.reading import LeafContent, read_leaf
from keys.leaf.writing import time_text
from keys.receipt import Receipt
from keys.sdjwt import SdJwt
from keys.trust import TrustBundle

MEDIA_TYPE = "yici-answer+sd-jwt"
"""The header type of answers."""
_CLOCKS = timedelta(minutes=5)


class Verdict(Enum):
    """The result of a step or of all steps."""

    VALID = 0
    INVALID = 1
    UNDECIDED = 2


@dataclass(frozen=True, slots=True)
class Step:
    """One named step and its result."""

    name: str
    verdict: Verdict
    detail: str = ""


def worst(steps: Iterable[Step]) -> Verdict:
    """Return invalid if any step is; else undecided if any is; else valid."""
    verdicts = {step.verdict for step in steps}
    return next(item for item in (Verdict.INVALID, Verdict.UNDECIDED, Verdict.VALID) if item in verdicts)


@dataclass(frozen=True, slots=True)
class Judged:
    """The steps of a check, and its verdict."""

    steps: tuple[Step, ...]

    @property
    def verdict(self) -> Verdict:
        """Invalid if any step is; else undecided if any is; else valid."""
        return worst(self.steps)

    @property
    def failure(self) -> str:
        """The first step that is not valid, as a sentence."""
        return next((f"{s.name}: {s.detail}" for s in self.steps if s.verdict is not Verdict.VALID), "")


@dataclass(frozen=True, slots=True)
class Evidence(Judged):
    """All steps and, only if they are valid, the contents of the answer and of its ledger entry."""

    answer: Mapping[str, Any] = field(default_factory=dict)
    leaf: LeafContent | None = None


def check_evidence(
    answer: str, receipt: str, bundle: TrustBundle, request_digest: str = "", *, whole: bool = False
) -> Evidence:
    """Run every step; never raises, whatever the texts are.

    Args:
        answer: an SD-JWT.
        receipt: a tlog-proof.
        bundle: what is trusted.
        request_digest: hex SHA-256 of the request, if the caller has it.
        whole: the answer comes from its source, so undisclosed values are an error.
    """
    return _Check(answer, receipt, bundle, request_digest, whole=whole).run()


class _Check:
    def __init__(self, answer: str, receipt: str, bundle: TrustBundle, request_digest: str, *, whole: bool) -> None:
        self._answer_text, self._receipt_text = answer, receipt
        self._bundle = bundle
        self._request_digest = request_digest
        self._whole = whole
        self._steps: list[Step] = []

    def run(self) -> Evidence:
        steps: list[tuple[str, Callable[[], str]]] = [
            ("format", self._format),
            ("log", self._log),
            ("on-record", self._on_record),
            ("seal", self._seal),
            ("certificate", self._certificate),
            ("agreement", self._agreement),
        ]
        if self._request_digest:
            steps.append(("request", self._request))
        for name, step in steps:
            try:
                self._steps.append(Step(name, Verdict.VALID, step()))
            except (UndecidedError, UnsupportedError) as error:
                self._steps.append(Step(name, Verdict.UNDECIDED, str(error)))
                if name == "format":  # no later step is possible
                    return Evidence(tuple(self._steps))
            except KeysError as error:
                self._steps.append(Step(name, Verdict.INVALID, str(error)))
                return Evidence(tuple(self._steps))
            except Exception as error:  # noqa: BLE001  # untrusted input must not cause exceptions
                self._steps.append(Step(name, Verdict.INVALID, f"cannot be read ({type(error).__name__})"))
                return Evidence(tuple(self._steps))
        evidence = Evidence(tuple(self._steps), self._answer, self._leaf)
        return evidence if evidence.verdict is Verdict.VALID else Evidence(evidence.steps)

    def _format(self) -> str:  # 1
        if not self._receipt_text.strip():
            raise InvalidError("there is no receipt; an answer off the record is not evidence")
        self._jwt = SdJwt.parse(self._answer_text)
        if self._jwt.header.get("typ") != MEDIA_TYPE:
            raise MalformedError(f"answer: header typ must be {MEDIA_TYPE}")
        if self._jwt.key_binding:
            raise MalformedError("answer: something follows the last '~'; it is cut off, or something was added")
        self._receipt = Receipt.parse(self._receipt_text)
        self._leaf = read_leaf(self._receipt.leaf)
        try:
            self._chain = [read_certificate(item) for item in self._jwt.chain]
            self._verifier = verifier_of(self._chain[0])
        except (ValueError, UnsupportedAlgorithm) as error:
            raise MalformedError("SD-JWT: header x5c does not hold certificates that are known here") from error
        return f"SD-JWT with {len(self._jwt.disclosures)} disclosures, tlog-proof"

    def _log(self) -> str:  # 2
        checkpoint = self._receipt.verify(self._bundle.ledger_keys)
        return f"entry {self._receipt.index} of {checkpoint.size} in {checkpoint.origin}"

    def _on_record(self) -> str:  # 3
        facts = self._leaf.facts
        if not isinstance(facts, QueryFacts):
            raise InvalidError("the receipt is for something else than an answer")
        if facts.decision != "permit":
            raise InvalidError("the ledger records a refusal, not an answer")
        if not compare_digest(facts.answer, self._jwt.jwt_digest):
            raise InvalidError("the receipt is for another answer")
        self._facts = facts
        return f"recorded at {time_text(self._leaf.at)}"

    def _seal(self) -> str:  # 4
        self._answer = self._jwt.verify(self._verifier, whole=self._whole)
        return f"{self._verifier.algorithm} by the seal of {organization_identifier(self._chain[0])}"

    def _certificate(self) -> str:  # 5
        verify_chain(self._chain, Use.SEAL, self._leaf.at, self._bundle)
        return "valid and not revoked when recorded"

    def _agreement(self) -> str:  # 6
        answer, facts = self._answer, self._facts
        basis = answer.get("basis")
        requester = answer.get("requester")
        if not isinstance(basis, dict) or not isinstance(requester, dict):
            raise MalformedError("answer: basis and requester must be objects")
        pairs = {
            "source": (answer.get("iss"), facts.source),
            "kind": (answer.get("kind"), facts.kind),
            "dataset": (answer.get("dataset"), facts.dataset),
            "matter": (basis.get("matter"), facts.matter),
            "legal basis": (basis.get("legal_basis"), facts.basis),
            "agency": (requester.get("agency"), facts.agency),
            "system": (requester.get("system"), facts.system),
        }
        for name, (said, recorded) in pairs.items():
            if not isinstance(said, str) or said != recorded:
                raise InvalidError(f"{name}: the answer and the ledger disagree")
        if organization_identifier(self._chain[0]) != answer["iss"]:
            raise InvalidError("source: the seal belongs to another agency")
        issued_at = answer.get("iat")
        if not isinstance(issued_at, int) or abs(self._leaf.at - datetime.fromtimestamp(issued_at, UTC)) > _CLOCKS:
            raise InvalidError("time: the answer was not sealed when the ledger recorded it")
        return f"{facts.kind} of {facts.dataset} for {facts.matter}"

    def _request(self) -> str:  # 7
        said = self._answer.get("request")
        if not isinstance(said, str) or not compare_digest(said, self._request_digest):
            raise InvalidError("the answer is to another request")
        return "this very request"
