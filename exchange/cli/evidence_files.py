"""Offline checks of files of evidence, shared by the full and the client's command line."""

from collections.abc import Callable, Iterable
from pathlib import Path

from exchange.cli.language import mark, say
from keys.errors import KeysError, MalformedError, UndecidedError
from keys.evidence import Evidence, Step, Verdict, check_evidence
from keys.license import MEDIA_TYPE as LICENSE_TYPE
from keys.sdjwt import SdJwt
from keys.trust import TrustBundle

HELP = mark("Check NAME.sd-jwt with the NAME.tlog-proof beside it. Exit code 0 valid, 1 invalid, 2 cannot say.")
_MAX_FILE = 80 * 1024 * 1024
"""The most bytes read from a file, more than any answer has."""

STEPS = {
    "format": mark("format"),
    "log": mark("in the ledger"),
    "on-record": mark("receipt is for this answer"),
    "seal": mark("sealed by the source"),
    "certificate": mark("certificate good at that time"),
    "agreement": mark("answer and ledger agree"),
    "request": mark("answers this request"),
    "trust": mark("trust bundle"),
}
MARKS = {Verdict.VALID: "✓", Verdict.INVALID: "✗", Verdict.UNDECIDED: "?"}
WORDS = {
    Verdict.VALID: mark("valid"),
    Verdict.INVALID: mark("invalid"),
    Verdict.UNDECIDED: mark("cannot say"),
}
_NAME_RULES = {
    "gbk": mark("private use of GBK"),
    "invisible": mark("invisible characters"),
    "width": mark("width"),
    "apostrophe": mark("apostrophe"),
    "hyphen": mark("hyphen"),
    "dot": mark("middle dot"),
    "radical": mark("radical forms"),
    "compatibility": mark("compatibility forms"),
    "space": mark("white space"),
    "case": mark("case"),
}
"""The rules of ``registry.names`` in words."""


def check_files(files: Iterable[Path], trust: Path, show: Callable[[Path, Evidence], None]) -> int:
    """Check and show files; return the exit code: 0 all valid, 1 any invalid, 2 any undecided."""
    worst = Verdict.VALID
    for path in files:
        evidence = check_file(path, trust)
        show(path, evidence)
        if worst is not Verdict.INVALID and evidence.verdict is not Verdict.VALID:
            worst = evidence.verdict
    return worst.value


def bundle_in(folder: Path) -> TrustBundle:
    """Return the trust bundle of a folder.

    Raises:
        UndecidedError: there is no such folder, or a file is missing; says how to get it.
        MalformedError: a file has other contents than its name says.
    """
    if not folder.is_dir():
        raise UndecidedError(say(f"--trust: there is no folder {folder}; name the one that yici trust export wrote"))  # fmt: skip
    return TrustBundle.load(folder)


def check_file(path: Path, trust: Path) -> Evidence:
    """Check an answer with the receipt beside it."""
    try:
        bundle = bundle_in(trust)
    except KeysError as error:  # an invalid bundle decides nothing
        return Evidence((Step("trust", Verdict.UNDECIDED, str(error)),))
    try:
        answer = _read(path)
        receipt = path.with_suffix(".tlog-proof")
        proof = _read(receipt) if receipt.exists() else None
    except MalformedError as error:
        return Evidence((Step("format", Verdict.INVALID, str(error)),))
    except (OSError, ValueError):
        return Evidence((Step("format", Verdict.UNDECIDED, f"{path} cannot be read"),))
    if _is_license(answer):
        detail = say("a license: see yici license check")
        return Evidence((Step("format", Verdict.UNDECIDED, detail),))
    if proof is None:
        step = Step("format", Verdict.INVALID, f"{receipt} is missing: an answer without its receipt is not evidence")
        return Evidence((step,))
    return check_evidence(answer, proof, bundle)


def _read(path: Path) -> str:
    """Return a file's text with its line ends; of a file that is too long, only enough to detect that."""
    with path.open("rb") as file:
        data = file.read(_MAX_FILE + 1)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedError(f"{path.name}: not UTF-8") from error


def rules_of(evidence: Evidence) -> list[str]:
    """Return the rules by which a stated name equals the recorded one, if they are spelled differently."""
    lines = []
    for result in evidence.answer.get("results", ()):
        for field, rules in result.get("equal_after", {}).items():
            names = say(", ").join(say(_NAME_RULES[rule]) for rule in rules if rule in _NAME_RULES)
            lines.append(f"{field}{say(': ')}{say('equal after')} {names}")
    return lines


def _is_license(text: str) -> bool:
    try:
        return SdJwt.parse(text).header.get("typ") == LICENSE_TYPE
    except KeysError:
        return False
