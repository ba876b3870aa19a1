"""Tests of languages: output is in the user's language, except for names and values."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from exchange.cli import language
from exchange.cli.language import say
from exchange.cli.template import settings_template
from exchange.settings import Settings
from exchange.settings.template import TEMPLATE
from tests.checks import words

CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,}[,;:]? [a-z]{2,}")
HELP = """
import typer
from exchange.cli.app import COMMANDS, make_app
from exchange.cli.texts import translate_help
from exchange.cli.wrapping import wrap_chinese

def show(command, path, parent=None):
    context = command.make_context(path, [], parent=parent, resilient_parsing=True)
    command.get_help(context)
    for item in command.params:
        if not item.help:
            print("WITHOUT HELP:", path, item.name)
    for name, item in getattr(command, "commands", {}).items():
        show(item, name, context)

translate_help()
wrap_chinese()
for name in COMMANDS:
    root = typer.main.get_command(make_app([name]))
    context = root.make_context("yici", [], resilient_parsing=True)
    show(root.commands[name], name, context)
"""


@pytest.fixture(scope="module")
def code() -> dict[str, str]:
    """Return each text of the code, and its place."""
    return dict(words.found())


@pytest.fixture
def in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "chinese", lambda: True)


def test_the_catalogue_has_every_text_of_the_code_and_no_other(code: dict[str, str]) -> None:
    with words.PO.open("rb") as file:
        catalogue = read_po(file, locale="zh")
    assert len(code) > 1000
    assert not any(words.faults(catalogue, code).values())


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("without Chinese", lambda _, texts: texts.update({"a new rule": "x.py:1"})),
        ("without Chinese", lambda catalogue, _: setattr(catalogue.get("is required"), "string", "")),
        ("no longer in the code", lambda _, texts: texts.pop("is required")),
        ("uncertain", lambda catalogue, _: catalogue.get("is required").flags.add("fuzzy")),
        ("with a hole that the English has not", lambda catalogue, _: setattr(catalogue.get("is required"), "string", "{0}")),
        ("compiled before", lambda catalogue, _: setattr(catalogue.get("is required"), "string", "须填")),
    ],
)  # fmt: skip
def test_faults_of_the_catalogue_are_named(fault: str, change: object, code: dict[str, str]) -> None:
    with words.PO.open("rb") as file:
        catalogue = read_po(file, locale="zh")
    texts = dict(code)
    change(catalogue, texts)  # type: ignore[operator]
    assert words.faults(catalogue, texts)[fault]


@pytest.mark.usefixtures("in_chinese")
@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("registers.yaml: agencies[0].name: is required", "registers.yaml：agencies[0].name：缺少此项"),
        ("grants.yaml: grants[a].modes[1]: one of verify, query", "grants.yaml：grants[a].modes[1]：应为下列之一：verify、query"),
        ("a.yaml: systems[desk].state: one of active, suspended", "a.yaml：systems[desk].state：应为下列之一：active、suspended"),
        ("a.yaml: drop.on_bad_row: one of refuse, set aside", "a.yaml：drop.on_bad_row：应为下列之一：refuse、set aside"),
        ("ILLEGAL_TRANSITION: seal: make is not possible when it is applied", "状态不允许：seal：状态为“已申请”时不能“制作”"),
        ("the service's answer has msg, which the description does not name (rest.success, rest.ignore)", "答复中有 msg，描述文件没有写明（rest.success、rest.ignore）"),
        ("the source's database does not answer (the password or the user is wrong)", "数据库无应答（口令或用户有误）"),
        ("drop.csv row 7: a formula instead of a value", "drop.csv 第 7 行：是公式而不是值"),
        ("NO_GRANT: 苏州市公安局 has no grant for tax.paid; apply for one", "无授权：苏州市公安局 没有 tax.paid 的授权，请先申请"),
        ("苏州市公安局 does not issue 居住证", "苏州市公安局 不颁发居住证"),
        ("suspended, by a list published 3 minutes ago", "暂停，据 3 分钟前发布的列表"),
        ("the system is suspended", "该系统状态为 暂停"),
        ("entry 84 of 90 in a.example/ledger", "a.example/ledger 共 90 条中的第 84 条"),
    ],
)  # fmt: skip
def test_a_message_from_elsewhere_is_said_in_chinese(english: str, chinese: str) -> None:
    assert say(english) == chinese


@pytest.mark.usefixtures("in_chinese")
def test_every_text_of_the_catalogue_is_found_behind_a_place() -> None:
    wrong = []
    for english, chinese in language.catalogue().texts.items():
        said, expected = (re.sub(r"\{(\d*)\}", r"7\g<1>7", text) for text in (english, chinese))
        if say(f"r.yaml: grants[a].modes: {said}") != f"r.yaml：grants[a].modes：{expected}":
            wrong.append(english)
    assert wrong == []


@pytest.mark.usefixtures("in_chinese")
@pytest.mark.parametrize(
    "text", ["", "state", "trust", "valid.yaml", "3f2a", "a.sd-jwt b", "nothing that the code says"]
)
def test_names_inside_of_a_message_are_left_as_they_are(text: str) -> None:
    assert say(f"no connection {text} in the settings") == f"yici.toml 中没有连接 {text}"


@cache
def printed_help(chosen: str, columns: int) -> str:
    """Return the help of every command at a width of the terminal."""
    environment = os.environ | {"YICI_LANG": chosen, "TERM": "dumb", "COLUMNS": str(columns)}
    found = subprocess.run([sys.executable, "-c", HELP], env=environment, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
    return found.stdout


def test_help_of_every_command_has_no_english_sentence() -> None:
    printed = printed_help("zh", 160)
    assert printed.count("用法：") > 40
    told = re.sub(r"yici [a-z-]+( [a-z-]+)*", "", printed)
    assert [line for line in told.splitlines() if ENGLISH.search(line)] == []
    assert re.findall(r"<(?:[a-z]+|[a-z]+\[[A-Za-z]+\])>", told) == []  # types, unlike <choices|of|names>


@pytest.mark.parametrize("chosen", ["zh", "en"])
def test_no_help_is_cut_at_eighty_columns(chosen: str) -> None:
    texts = [*language.catalogue().texts.values(), *language.catalogue().texts]
    meant = {found for text in texts for found in re.findall(r"\S{0,3}…", text)}
    cut = [
        line
        for line in printed_help(chosen, 80).splitlines()
        for found in re.findall(r"\S{0,3}…", line)
        if found not in meant
    ]
    assert cut == []


def test_every_argument_and_option_has_help() -> None:
    assert re.findall("WITHOUT HELP: .*", printed_help("en", 160)) == []


@pytest.mark.usefixtures("in_chinese")
def test_settings_are_explained_in_chinese_and_set_the_same(tmp_path: Path) -> None:
    text = settings_template()
    comments = [line for line in text.splitlines() if line.startswith("# ") and " = " not in line and "[" not in line]
    assert len(comments) > 15
    assert all(CHINESE.search(line) for line in comments)
    plain = re.sub("^#.*\n", "", text, flags=re.MULTILINE)
    assert plain == re.sub("^#.*\n", "", TEMPLATE, flags=re.MULTILINE)
    (tmp_path / "yici.toml").write_text(text.format(origin="x"), encoding="utf-8")
    assert Settings(data=tmp_path).node.origin == "x"


def test_make_help_is_in_the_users_language() -> None:
    for chosen, said in (("zh", "运行全部测试"), ("en", "run all tests")):
        found = subprocess.run(
            ["make", "help", f"PYTHON={sys.executable}"], cwd=words.ROOT, env=os.environ | {"YICI_LANG": chosen},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert f"make test     {said}" in found.stdout
