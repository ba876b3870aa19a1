"""Results of the client, each with its checked evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from exchange.errors import ExchangeError
from keys.evidence import Evidence, Verdict
from registry.identifiers import SubjectKind
from registry.outcomes import Finding, Outcome, Resolution, Unknown


class EvidenceError(ExchangeError):
    """The node's evidence is invalid, or undecided with this trust bundle; the answer is withheld."""

    def __init__(self, evidence: Evidence) -> None:
        if evidence.verdict is Verdict.UNDECIDED:
            detail = f"{evidence.failure}; bring the trust bundle up to date (yici trust export)"
            super().__init__("FAILED_PRECONDITION", "EVIDENCE_UNDECIDED", detail)
        else:
            super().__init__("DATA_LOSS", "EVIDENCE_INVALID", evidence.failure)
        self.evidence = evidence


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a query."""

    kind: SubjectKind
    identifier: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Checked evidence: the answer and its receipt, and their contents."""

    answer: str
    receipt: str
    checked: Evidence

    @property
    def index(self) -> int:
        """The index of the entry in the ledger."""
        line = self.receipt.split("\n", 3)[2]
        return int(line.removeprefix("index "))

    def save(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write ``<name>.sd-jwt`` and ``<name>.tlog-proof`` for the case file; return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        answer, receipt = folder / f"{name}.sd-jwt", folder / f"{name}.tlog-proof"
        answer.write_text(self.answer, encoding="ascii")
        receipt.write_text(self.receipt, encoding="utf-8")
        return answer, receipt


@dataclass(frozen=True, slots=True)
class Verified:
    """The finding for each claim, and its evidence."""

    findings: tuple[Finding, ...]
    evidence: Proof

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcome of each claim."""
        return tuple(finding.outcome for finding in self.findings)

    @property
    def holds(self) -> bool:
        """Whether every claim matches."""
        return all(outcome is Outcome.MATCH for outcome in self.outcomes)

    def save_evidence(self, folder: Path, name: str = "answer") -> tuple[Path, Path]:
        """Write the evidence; see ``Proof.save``."""
        return self.evidence.save(folder, name)


@dataclass(frozen=True, slots=True)
class Queried:
    """The records, and their evidence.

    ``incomplete`` is the reason why the source may have more records of the subject; ``unreadable``, if not empty,
    names for each record the fields whose values the source's store has lost.
    """

    records: tuple[Mapping[str, str], ...]
    evidence: Proof
    incomplete: Unknown | None = None
    unreadable: tuple[tuple[str, ...], ...] = ()

    def save_evidence(self, folder: Path, name: str = "answer") -> tuple[Path, Path]:
        """Write the evidence; see ``Proof.save``."""
        return self.evidence.save(folder, name)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Subjects to verify together; ``values`` has each subject's values for the claims without values."""

    id: str
    identifiers: Sequence[str]
    values: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class ChunkVerified:
    """A chunk's outcomes, for each subject one a claim; or the chunk's error.

    ``findings`` has the subjects with details: the reason for unknown, or the rules by which texts are equal.
    """

    id: str
    outcomes: Mapping[str, tuple[Outcome, ...]]
    evidence: Proof | None = None
    error: ExchangeError | None = None
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Requirement:
    """The result of one requirement of a matter."""

    id: str
    proof: str
    proof_en: str
    resolution: Resolution
    reason: str
    reason_en: str
    dataset: str
    findings: tuple[Finding, ...]
    evidence: Proof | None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcome of each claim."""
        return tuple(finding.outcome for finding in self.findings)
