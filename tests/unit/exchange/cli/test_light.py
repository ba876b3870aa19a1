"""Tests of the client-only command line: it checks evidence, and names the extra for the rest."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.cli import light, main
from exchange.cli.extras import missing
from exchange.cli.language import chinese
from keys.notes import NoteSigner
from keys.suites import SUITES
from keys.trust import TrustBundle
from tests.unit.keys.test_evidence import Made


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("YICI_LANG", "en")
    chinese.cache_clear()
    yield
    chinese.cache_clear()


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int | str | None:
    """Return the exit code of a light command, or its message."""
    monkeypatch.setattr(sys, "argv", ["yici", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        light.run()
    return ended.value.code


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Write valid evidence, a copy without an entry, and the trust bundle."""
    made = Made(answer={"results": [{"field": "level", "result": "match", "equal_after": {"name": ["dot", "case"]}}]})
    made.bundle().save(tmp_path / "trust")
    (tmp_path / "good.sd-jwt").write_text(made.answer)
    (tmp_path / "good.tlog-proof").write_text(made.receipt)
    (tmp_path / "alone.sd-jwt").write_text(made.answer)
    return tmp_path


def test_the_light_command_checks_evidence_as_the_full_one_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: Path
) -> None:
    trust = ("--trust", case / "trust")
    assert run(monkeypatch, "evidence", "check", case / "good.sd-jwt", *trust) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "good.sd-jwt  valid"
    assert {line[:4] for line in shown[1:-1]} == {"  ✓ "}
    assert shown[-1] == "  · name: equal after middle dot, case"
    assert run(monkeypatch, "evidence", "check", case / "good.sd-jwt", case / "alone.sd-jwt", *trust) == 1
    said = capsys.readouterr().out
    assert "alone.sd-jwt  invalid" in said
    assert f"{case / 'alone.tlog-proof'} is missing: an answer without its receipt is not evidence" in said
    other = NoteSigner("other.example/ledger", SUITES["EdDSA"].generate()).key
    replace(TrustBundle.load(case / "trust"), ledger_keys=(other,)).save(case / "wrong")
    assert run(monkeypatch, "evidence", "check", case / "good.sd-jwt", "--trust", case / "wrong") == 1
    assert "of test/ledger, by no key that is trusted here; the trusted ones are of other.example/ledger" in (
        capsys.readouterr().out
    )
    assert run(monkeypatch, "evidence", "check", case / "good.sd-jwt", "--trust", case / "none") == 2
    monkeypatch.setenv("YICI_TRUST", str(case / "trust"))
    assert run(monkeypatch, "evidence", "check", case / "good.sd-jwt") == 0


@pytest.mark.parametrize("command", [["serve"], ["license", "check", "x"]])
def test_a_light_install_says_how_to_get_the_node(monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    said = str(run(monkeypatch, *command))
    assert f"yici {command[0]} is not installed" in said
    assert "pip install 'yici[node]'" in said


def test_help_of_a_light_install_names_the_node(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch) == 0
    assert "pip install 'yici[node]'" in capsys.readouterr().out


@pytest.mark.parametrize(("module", "face"), [("typer", "light"), ("structlog", "app")])
def test_the_full_command_line_runs_where_its_packages_are(
    monkeypatch: pytest.MonkeyPatch, module: str, face: str
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(main, "find_spec", lambda name: None if name == module else object())
    monkeypatch.setattr("exchange.cli.light.run", lambda: ran.append("light"))
    monkeypatch.setattr("exchange.cli.app.run", lambda: ran.append("app"))
    main.main()
    assert ran == [face]


@pytest.mark.parametrize(("module", "extra"), [("sqlalchemy.ext.asyncio", "node"), ("openpyxl", "demo")])
def test_a_command_without_its_package_names_the_extra(module: str, extra: str) -> None:
    assert missing(ModuleNotFoundError(name=module)) == (
        f"this command needs {module.partition('.')[0]}, which is not installed: pip install 'yici[{extra}]'"
    )


def test_a_missing_module_of_ours_is_a_defect() -> None:
    with pytest.raises(ModuleNotFoundError):
        missing(ModuleNotFoundError(name="exchange.nothing"))
