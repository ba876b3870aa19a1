"""The proven time of an e-signature: from a time-stamp or the ledger's entry of the seal's use."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import TypeVar

from keys.errors import InvalidError, KeysError, UndecidedError, UnsupportedError
from keys.evidence import Step, Verdict
from keys.leaf.facts import ActFacts
from keys.leaf.reading import read_leaf
from keys.receipt import Receipt
from keys.ses.structure import ESignature
from keys.timestamps import check_token
from keys.trust import TrustBundle

USE_KIND, USE_REASON = "seal.use", "SEALED"
"""Kind and reason of the ledger's entry of a seal's use; other entries prove no use."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Presented:
    """What is checked with a signature: the document or its SM3 digest, its scope, and a receipt."""

    document: bytes | None = None
    digest: bytes = b""
    property_info: str | None = None
    receipt: str = ""


class Steps:
    """Collects the results of steps; a failed step does not stop later ones."""

    def __init__(self) -> None:
        self.done: tuple[Step, ...] = ()

    def do(self, name: str, work: Callable[[], T], tell: Callable[[T], str] = str) -> T | None:
        """Run a step and record its result under its name; return the result, or None if it failed."""
        try:
            found = work()
        except (UndecidedError, UnsupportedError) as error:
            self.done += (Step(name, Verdict.UNDECIDED, str(error)),)
        except KeysError as error:
            self.done += (Step(name, Verdict.INVALID, str(error)),)
        except Exception as error:  # noqa: BLE001  # untrusted input must not cause exceptions
            self.done += (Step(name, Verdict.INVALID, f"cannot be read ({type(error).__name__})"),)
        else:
            self.done += (Step(name, Verdict.VALID, tell(found)),)
            return found
        return None


class Proof:
    """The proven time of a signature: the earlier of its timestamp and its receipt."""

    def __init__(self, found: ESignature, presented: Presented, bundle: TrustBundle) -> None:
        self._found, self._presented, self._bundle = found, presented, bundle
        self.steps = Steps()

    def run(self) -> datetime | None:
        """Return the time, or None if nothing proves one."""
        times = []
        if self._found.timestamp:
            times.append(self.steps.do("timestamp", self._stamped, moment_of))
        if self._presented.receipt:
            times.append(self.steps.do("record", self._recorded, moment_of))
        return min((at for at in times if at), default=None)

    def _stamped(self) -> datetime:
        return check_token(self._found.timestamp, self._found.signature, self._bundle)

    def _recorded(self) -> datetime:
        receipt = Receipt.parse(self._presented.receipt)
        receipt.verify(self._bundle.ledger_keys)
        leaf = read_leaf(receipt.leaf)
        facts = leaf.facts
        if not isinstance(facts, ActFacts) or (facts.kind, facts.reason) != (USE_KIND, USE_REASON):
            raise InvalidError("the ledger's entry is of something else than a seal's use")
        if facts.decision != "permit" or facts.object != self._found.seal.id:
            raise InvalidError("the ledger's entry is of another seal's use")
        if not compare_digest(facts.answer, sha256(self._found.raw).hexdigest()):
            raise InvalidError("the receipt is for another signature")
        return leaf.at


def moment_of(at: datetime) -> str:
    """Return a time as the text of a step."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
