"""Tests of findings in Chinese, for sources and descriptions."""

import ast
import re
from pathlib import Path

import pytest

from exchange.cli import source_rules

ROOT = Path(__file__).parents[4]
FILES = [
    *(ROOT / "adapters").glob("*.py"), *(ROOT / "registry" / "identifiers").glob("*.py"),
    ROOT / "registry" / "catalogue.py", ROOT / "exchange" / "node" / "connecting.py",
]  # fmt: skip
TOLD = {"MalformedError", "UnavailableError", "RefusedError", "SlowError", "RuleError", "IdentifierError", "Fault"}
ELSEWHERE = ("the service answered 7", "the license register", "more licenses of these holders")


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    said = "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)
    return re.sub("(?<=[a-z])7$", "", said)  # what may follow a word


def _told() -> set[str]:
    calls = [node for path in FILES for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    texts = {_text(call.args[-1]) for call in calls if getattr(call.func, "id", "") in TOLD and call.args}
    return {text for text in texts if re.search("[a-z]{3}", text) and not text.startswith(ELSEWHERE)}


def test_every_rule_of_sources_and_descriptions_is_told_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_rules, "chinese", lambda: True)
    told = _told()
    assert len(told) > 50
    assert sorted(text for text in told if not re.search("[\u4e00-\u9fff]", source_rules.rule_text(text))) == []


def test_a_rule_that_names_a_place_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_rules, "chinese", lambda: True)
    said = source_rules.rule_text("catalogue.source: the check character, position 18, is wrong (GB 32100)")
    assert said == "catalogue.source：第 18 位校验码有误（GB 32100）"
    said = source_rules.rule_text(
        "the service's answer has msg, which the description does not name (rest.success, rest.ignore)"
    )
    assert said == "答复中有 msg，描述文件没有写明（rest.success、rest.ignore）"
