"""What the client gives back: typed results, each with the evidence that was checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.errors import ExchangeError
from exchange.minimize import Outcome
from exchange.resolve import Resolution
from keys.evidence import Evidence, Verdict
from registry.identifiers import SubjectKind


class EvidenceError(ExchangeError):
    """The node answered, but its evidence does not hold, or nobody can say with this bundle; the answer is withheld."""

    def __init__(self, evidence: Evidence) -> None:
        if evidence.verdict is Verdict.UNDECIDED:
            detail = f"{evidence.failure}; bring the trust bundle up to date (yici trust export)"
            super().__init__("FAILED_PRECONDITION", "EVIDENCE_UNDECIDED", detail)
        else:
            super().__init__("DATA_LOSS", "EVIDENCE_INVALID", evidence.failure)
        self.evidence = evidence


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a question is about."""

    kind: SubjectKind
    identifier: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Checked evidence: the answer and its receipt, and what they say."""

    answer: str
    receipt: str
    checked: Evidence

    @property
    def index(self) -> int:
        """The entry's place in the ledger."""
        line = self.receipt.split("\n", 3)[2]
        return int(line.removeprefix("index "))

    def save(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write ``<name>.sd-jwt`` and ``<name>.tlog-proof``, for the case file."""
        folder.mkdir(parents=True, exist_ok=True)
        answer, receipt = folder / f"{name}.sd-jwt", folder / f"{name}.tlog-proof"
        answer.write_text(self.answer, encoding="ascii")
        receipt.write_text(self.receipt, encoding="utf-8")
        return answer, receipt


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome of each claim, and the evidence for it."""

    outcomes: tuple[Outcome, ...]
    evidence: Proof

    @property
    def holds(self) -> bool:
        """Whether every claim matches."""
        return all(outcome is Outcome.MATCH for outcome in self.outcomes)

    def save_evidence(self, folder: Path, name: str = "answer") -> tuple[Path, Path]:
        """See ``Proof.save``."""
        return self.evidence.save(folder, name)


@dataclass(frozen=True, slots=True)
class Queried:
    """The records, and the evidence for them."""

    records: tuple[Mapping[str, str], ...]
    evidence: Proof

    def save_evidence(self, folder: Path, name: str = "answer") -> tuple[Path, Path]:
        """See ``Proof.save``."""
        return self.evidence.save(folder, name)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Many subjects to verify at once; ``values`` fill, for each of them, the claims without values."""

    id: str
    identifiers: Sequence[str]
    values: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class ChunkVerified:
    """A chunk's outcomes: for each subject, one a claim; or the error of the chunk."""

    id: str
    outcomes: Mapping[str, tuple[Outcome, ...]]
    evidence: Proof | None = None
    error: ExchangeError | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a matter, settled."""

    id: str
    proof: str
    proof_en: str
    resolution: Resolution
    reason: str
    reason_en: str
    dataset: str
    outcomes: tuple[Outcome, ...]
    evidence: Proof | None
