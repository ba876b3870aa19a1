"""Files of evidence, checked offline with a trust bundle: what the full and the light command line share."""

from collections.abc import Callable, Iterable
from pathlib import Path

from exchange.cli.language import say
from keys.errors import KeysError, MalformedError, UndecidedError
from keys.evidence import Evidence, Step, Verdict, check_evidence
from keys.license import MEDIA_TYPE as LICENSE_TYPE
from keys.sdjwt import SdJwt
from keys.trust import TrustBundle

HELP = (
    "Check NAME.sd-jwt with the NAME.tlog-proof beside it. Exit code 0 valid, 1 invalid, 2 cannot say.",
    "校验 NAME.sd-jwt 及同名 NAME.tlog-proof。退出码：0 有效，1 无效，2 无法判定。",
)
_MAX_FILE = 80 * 1024 * 1024
"""Bytes of a file that are read: more than any answer may have."""

STEPS = {
    "format": ("format", "格式"),
    "log": ("in the ledger", "账本收录"),
    "on-record": ("receipt is for this answer", "回执对应本答复"),
    "seal": ("sealed by the source", "数源部门印章"),
    "certificate": ("certificate good at that time", "证书当时有效"),
    "agreement": ("answer and ledger agree", "答复与账本一致"),
    "request": ("answers this request", "对应本请求"),
    "trust": ("trust bundle", "信任包"),
}
MARKS = {Verdict.VALID: "✓", Verdict.INVALID: "✗", Verdict.UNDECIDED: "?"}
WORDS = {
    Verdict.VALID: ("valid", "有效"),
    Verdict.INVALID: ("invalid", "无效"),
    Verdict.UNDECIDED: ("cannot say", "无法判定"),
}
_NAME_RULES = {
    "gbk": ("private use of GBK", "GBK 私用区"),
    "invisible": ("invisible characters", "不可见字符"),
    "width": ("width", "全角半角"),
    "apostrophe": ("apostrophe", "撇号"),
    "hyphen": ("hyphen", "连字符"),
    "dot": ("middle dot", "间隔号"),
    "radical": ("radical forms", "部首形"),
    "compatibility": ("compatibility forms", "兼容字形"),
    "space": ("white space", "空白"),
    "case": ("case", "大小写"),
}
"""What ``registry.names.rules_applied`` names, for people."""


def check_files(files: Iterable[Path], trust: Path, show: Callable[[Path, Evidence], None]) -> int:
    """Check files and show what is found of each; the exit code: 0 all valid, 1 one invalid, 2 one cannot be judged."""
    worst = Verdict.VALID
    for path in files:
        found = check_file(path, trust)
        show(path, found)
        if worst is not Verdict.INVALID and found.verdict is not Verdict.VALID:
            worst = found.verdict
    return worst.value


def bundle_in(folder: Path) -> TrustBundle:
    """The trust bundle in a folder.

    Raises:
        UndecidedError: there is no such folder, or it lacks a file; says how to come by it.
        MalformedError: a file is not what its name says.
    """
    if not folder.is_dir():
        raise UndecidedError(say(f"--trust: there is no folder {folder}; name the one that yici trust export wrote",
                                 f"--trust：没有目录 {folder}；请指定 yici trust export 导出的目录"))  # fmt: skip
    return TrustBundle.load(folder)


def check_file(path: Path, trust: Path) -> Evidence:
    """Check one answer and the receipt beside it."""
    try:
        bundle = bundle_in(trust)
    except KeysError as error:  # a broken bundle says nothing of the evidence
        return Evidence((Step("trust", Verdict.UNDECIDED, str(error)),))
    try:
        answer = _read(path)
        receipt = path.with_suffix(".tlog-proof")
        proof = _read(receipt) if receipt.exists() else ""
    except MalformedError as error:
        return Evidence((Step("format", Verdict.INVALID, str(error)),))
    except (OSError, ValueError):
        return Evidence((Step("format", Verdict.UNDECIDED, f"{path} cannot be read"),))
    if _is_license(answer):
        detail = say("a license: see yici license check", "这是证照，请用 yici license check")
        return Evidence((Step("format", Verdict.UNDECIDED, detail),))
    return check_evidence(answer, proof, bundle)


def _read(path: Path) -> str:
    """A file's text as it stands, its line ends included; of one that is too long only what shows so."""
    with path.open("rb") as file:
        data = file.read(_MAX_FILE + 1)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedError(f"{path.name}: not UTF-8") from error


def rules_of(found: Evidence) -> list[str]:
    """By which rules a name that was claimed is the one on record, where it is written differently."""
    lines = []
    for result in found.answer.get("results", ()):
        if rules := result.get("equal_after"):
            names = say(", ", "、").join(say(*_NAME_RULES[rule]) for rule in rules if rule in _NAME_RULES)
            lines.append(f"{result['field']}: {say('equal after', '视为相同，因')} {names}")
    return lines


def _is_license(text: str) -> bool:
    try:
        return SdJwt.parse(text).header.get("typ") == LICENSE_TYPE
    except KeysError:
        return False
