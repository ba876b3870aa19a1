"""Scenario tests of the quickstart, and of the hints of an empty node."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import terminal

BIN = Path(sys.executable).parent
HAN = re.compile(r"[\u4e00-\u9fff]")


def yici(*arguments: object, lang: str = "en", **more: str) -> subprocess.CompletedProcess[str]:
    values = {"PATH": f"{BIN}:{os.environ['PATH']}", "YICI_LANG": lang, "LC_ALL": "C.UTF-8", "YICI_WHY": "试验", **more}
    return terminal.run(*arguments, environment=values)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    yici("stop", "--quiet", "--data", tmp_path / "data")


def test_the_quickstart_answers_one_question_with_evidence(folder: Path) -> None:
    found = yici("quickstart", "--data", folder)
    assert found.returncode == 0, found.stdout + found.stderr
    assert re.search(r"^name +match$", found.stdout, re.MULTILINE)
    assert re.search(r"^status +match$", found.stdout, re.MULTILINE)
    assert "answer.sd-jwt  valid" in found.stdout
    assert "✗" not in found.stdout
    for line in re.findall(
        r"^([\w./-]+[/\w])  +\w", found.stdout.partition("Made in")[2].partition("Next")[0], re.MULTILINE
    ):
        assert line == "file" or (folder / line).exists(), line
    again = yici("quickstart", "--data", folder)
    assert (again.returncode, "must be empty or new" in again.stderr) == (1, True)


def test_the_quickstarts_closing_commands_run_as_printed(folder: Path) -> None:
    found = yici("quickstart", "--data", folder, lang="zh")
    assert found.returncode == 0, found.stdout + found.stderr
    assert re.search(r"^name +相符$", found.stdout, re.MULTILINE)
    steps = [line for line in found.stdout.splitlines() if line.startswith("✓")]
    assert len(steps) == 10
    assert all(HAN.search(line) for line in steps)
    serve, ask, *others = re.findall(r"^  (\S+ \S.*)$", found.stdout.partition("下一步")[2], re.MULTILINE)
    node = subprocess.Popen(
        shlex.split(serve), env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}, stderr=subprocess.PIPE, text=True
    )
    try:
        assert node.stderr
        assert any("Serving" in line or "正在提供服务" in line for line in node.stderr)
        evidence = (folder / "evidence" / "answer.sd-jwt").read_bytes()
        asked = subprocess.run(shlex.split(ask), capture_output=True, text=True)
        assert (asked.returncode, "name: match" in asked.stdout) == (0, True), asked.stderr
        assert (folder / "evidence" / "answer.sd-jwt").read_bytes() != evidence
        for command in others:
            program, *arguments = shlex.split(command)
            assert Path(program).name == "yici"
            done = yici(*arguments)
            assert done.returncode == 0, done.stderr
    finally:
        node.terminate()
        node.communicate(timeout=60)
    assert len(others) == 3


def test_an_empty_node_prints_its_next_three_commands(folder: Path) -> None:
    made = yici("init", "--data", folder)
    for said in (made, yici("catalog", "list", "--data", folder), yici("grant", "list", "--data", folder)):
        assert re.findall(r"^  \S*yici ([a-z]+ [a-z]+) .*--data", said.stderr, re.MULTILINE) == [
            "catalog load",
            "grant add",
            "seal apply",
        ]
    assert "下一步" in yici("catalog", "list", "--data", folder, lang="zh").stderr
    assert yici("catalog", "list", "--json", "--data", folder).stderr == ""
    page = (Path(__file__).parents[2] / "docs" / "registers.md").read_text(encoding="utf-8")
    (folder.parent / "page.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    loaded = yici("catalog", "load", folder.parent / "page.yaml", "--data", folder)
    assert re.findall(r"^  \S*yici ([a-z]+ [a-z]+) .*--data", loaded.stderr, re.MULTILINE) == [
        "seal apply",
        "system enrol",
    ]


def test_an_empty_node_names_the_next_steps_when_it_serves(folder: Path) -> None:
    assert yici("init", "--data", folder).returncode == 0
    values = os.environ | {
        "YICI_LANG": "en",
        "YICI_NODE__PORT": "0",
        "YICI_NODE__HTTP_PORT": "0",
        "YICI_NODE__WORKERS": "1",
    }
    node = subprocess.Popen([BIN / "yici", "serve", "--data", folder], env=values, stderr=subprocess.PIPE, text=True)
    try:
        assert node.stderr
        assert any("yici catalog load registers.yaml" in line for line in node.stderr)
    finally:
        node.terminate()
        node.communicate(timeout=60)
