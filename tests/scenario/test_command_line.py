"""Scenario tests of commands that fail: one line says what to do, and nothing is changed."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.support import terminal

BIN = Path(sys.executable).parent / "yici"


def yici(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    values = os.environ | {"YICI_LANG": "en", "TERM": "dumb", "COLUMNS": "200"} | environment
    return terminal.run(*arguments, environment=values, cwd=cwd)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Create a node's data folder."""
    folder = tmp_path_factory.mktemp("line") / "data"
    made = yici("init", "--data", str(folder))
    assert f"yici serve --data {folder}" in made.stdout.replace("\n", "")
    yield folder
    yici("stop", "--data", str(folder))


@pytest.fixture
def taken() -> Iterator[str]:
    """Listen on a port in another program."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


@pytest.mark.parametrize("setting", ["PORT", "HTTP_PORT"])
def test_a_port_that_is_taken_is_named_before_anything_serves(data: Path, taken: str, setting: str) -> None:
    others = {"YICI_NODE__PORT": "0", "YICI_NODE__HTTP_PORT": "0"} | {f"YICI_NODE__{setting}": taken}
    found = yici("serve", "--data", str(data), **others)
    assert found.returncode == 1
    assert f"error node.{setting.lower()}: 127.0.0.1:{taken} cannot be listened on" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["serve"], {"YICI_KEYS__PASSWORD_FILE": "nope"}, "error keys.password_file: nope cannot be read"),
        (["keys", "list"], {"YICI_KEYS__PASSWORD_FILE": "nope"}, "error keys.password_file: nope cannot be read"),
        (["catalog", "list"], {"YICI_DATABASE__URL": "foo"}, "error database.url: must be postgresql://"),
        (["catalog", "list"], {"YICI_DATABASE__URL": "postgresql://a:b@127.0.0.1:99x/y"}, "error database.url: must be postgresql://"),
        (["catalog", "list"], {"YICI_DATABASE__URL": "postgresql://a:b@127.0.0.1:99999/y"}, "error database.url: must be postgresql://"),
        (["catalog", "list"], {"YICI_DATABASE__URL": "postgresql://a:b@127.0.0.1:1/y"}, "127.0.0.1:1/y: does not answer"),
        (["keys", "list"], {"YICI_NODE__PROT": "1"}, "node.prot: no such setting"),
        (["keys", "retire-ledger", "node"], {}, "one of ledger-1"),
        (["trust", "export", "/proc/nothing"], {}, "error /proc/nothing: "),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_without_a_traceback(
    data: Path, arguments: list[str], environment: dict[str, str], words: str
) -> None:
    found = yici(*arguments, "--data", str(data), **environment)
    assert found.returncode != 0
    assert words in found.stderr
    assert "Traceback" not in found.stderr
    assert "b@" not in found.stderr  # a password


@pytest.mark.parametrize("arguments", [["--origin", "no spaces"], ["--origin", 'a"b'], []])
def test_an_init_that_fails_leaves_nothing_behind(tmp_path: Path, arguments: list[str]) -> None:
    folder = tmp_path / ("with space" if not arguments else "data")
    found = yici("init", "--data", str(folder), *arguments)
    assert found.returncode == 1
    assert found.stderr.startswith("error ")
    assert not folder.exists() or not list(folder.iterdir())


def test_a_node_remembers_where_the_password_of_its_keys_is(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse")
    folder = str(tmp_path / "data")
    made = yici("init", "--data", folder, "--password-file", str(tmp_path / "password"))
    assert made.returncode == 0, made.stderr
    assert re.search(r"^node +ES256", yici("keys", "list", "--data", folder).stdout, re.MULTILINE)
    found = yici("keys", "list", "--data", folder, YICI_KEYS__PASSWORD_FILE="")
    assert "it is encrypted, and no password is set" in found.stderr
    yici("stop", "--data", folder)


def test_a_file_that_is_not_there_says_nothing_of_a_license(tmp_path: Path) -> None:
    found = yici("license", "check", "nofile.pdf", "--trust", str(tmp_path))
    assert (found.returncode, "Traceback" in found.stderr) == (2, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("catalog", "load", "nofile.yaml", "--why", "x"), "'files' 的值无效：文件 'nofile.yaml' 不存在。"),
        (("catalog", "load", "folder", "--why", "x"), "'files' 的值无效：'folder' 是目录，不是文件。"),
        (("seal", "apply", "1", "--as", "nodir"), "'--as' 的值无效：目录 'nodir' 不存在。"),
        (("seal", "apply", "1", "--as", "file"), "'--as' 的值无效：'file' 是文件，不是目录。"),
    ],
)
def test_a_path_that_does_not_fit_is_named_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    found = yici(*arguments, YICI_LANG="zh", COLUMNS="120")
    assert (found.returncode, said in found.stderr) == (2, True), found.stderr


def test_a_certificate_that_cannot_be_written_is_not_on_record(data: Path, tmp_path: Path) -> None:
    (tmp_path / "registers.yaml").write_text(
        'agencies: [{uscc: "113205000000140157", name: 局, region: "320500"}]\n'
        'systems: [{id: desk, agency: "113205000000140157", name: 台}]'
    )
    assert yici("catalog", "load", str(tmp_path / "registers.yaml"), "--data", str(data)).returncode == 0
    assert yici("system", "request", "desk", "--folder", str(tmp_path)).returncode == 0
    enrol = ("system", "enrol", "desk", "--csr", str(tmp_path / "desk.csr.pem"), "--data", str(data), "--out")
    found = yici(*enrol, str(tmp_path / "nowhere" / "chain.pem"))
    assert (found.returncode, "No such file" in found.stderr) == (1, True)
    in_chinese = yici(*enrol, str(tmp_path / "nowhere" / "chain.pem"), YICI_LANG="zh")
    assert in_chinese.stderr.strip() == f"错误 {tmp_path / 'nowhere' / 'chain.pem.new'}：没有此文件或目录"
    failed = yici("ledger", "search", "--limit", "1", "--data", str(data), YICI_WHY="").stdout
    assert re.search(r"host \(\w+\) +certificate +— +fail", failed), failed
    assert yici(*enrol, str(tmp_path / "chain.pem")).returncode == 0
    before = (tmp_path / "chain.pem").read_bytes()
    published = (data / "ledger" / "checkpoint").read_text()
    (data / "ledger" / "checkpoint").write_text("no checkpoint")
    assert "does not verify" in yici(*enrol, str(tmp_path / "chain.pem")).stderr  # a renewal that fails
    (data / "ledger" / "checkpoint").write_text(published)
    assert (tmp_path / "chain.pem").read_bytes() == before
    assert not (tmp_path / "chain.pem.new").exists()
    found = yici("ledger", "search", "--data", str(data)).stdout
    assert re.search(r"certificate [0-9a-f]{16}… \(\S+\) added", found), found


def test_a_search_that_can_find_little_warns(data: Path) -> None:
    found = yici("ledger", "search", "--subject", "citizen_id:650102199406180285", "--data", str(data))
    assert (found.returncode, found.stdout) == (0, "")
    assert "not well-formed" in found.stderr
    assert "No entry fits" in found.stderr
    found = yici("ledger", "search", "--subject", "nobody", "--data", str(data))
    assert (found.returncode, "must be kind:identifier" in found.stderr) == (1, True)


def test_a_search_tells_what_of_a_grant_changed(data: Path, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "registers.md").read_text(encoding="utf-8")
    text = page.split("```yaml\n")[1].split("```")[0]
    for changed in (
        text,
        text.replace("clear_fields: []", "clear_fields: [status]").replace("quota: 5000", "quota: 9"),
    ):
        (tmp_path / "page.yaml").write_text(changed, encoding="utf-8")
        assert yici("catalog", "load", str(tmp_path / "page.yaml"), "--data", str(data)).returncode == 0
    told = "grant settlement-identity changed: clear_fields +status, daily_quota"
    assert told in yici("ledger", "search", "--dataset", "identity.person", "--data", str(data)).stdout
    found = yici(
        "ledger", "search", "--dataset", "identity.person", "--limit", "1", "--data", str(data), YICI_LANG="zh"
    )
    assert "授权 settlement-identity 变更：clear_fields +status、daily_quota" in found.stdout
    index = found.stdout.splitlines()[-1].split()[0]
    shown = yici("ledger", "show", index, "--data", str(data))
    assert (shown.returncode, told in shown.stdout, '"kind": "register.grant"' in shown.stdout) == (0, True, True)


def test_a_grant_for_an_unknown_matter_is_reported(data: Path, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "registers.md").read_text(encoding="utf-8")
    text = page.split("```yaml\n")[1].split("```")[0].replace("matters: [talent-settlement]", "matters: [nothing]")
    (tmp_path / "page.yaml").write_text(text, encoding="utf-8")
    found = yici("catalog", "load", str(tmp_path / "page.yaml"), "--data", str(data))
    assert found.returncode == 0, found.stderr
    assert "matter nothing is not on record" in found.stderr


def test_a_grant_is_listed_with_its_period_and_whether_it_is_in_force(data: Path, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "registers.md").read_text(encoding="utf-8")
    text = page.split("```yaml\n")[1].split("```")[0].replace("clear_fields: []", "clear_fields: [status]")
    periods = {"old": (2016, 2017), "now": (2016, 2036), "coming": (2035, 2036)}
    for name, (begin, end) in periods.items():
        changed = text.replace("id: settlement-identity", f"id: {name}").replace("2036-01", f"{end}-01")
        (tmp_path / "page.yaml").write_text(changed.replace("2026-01-01T", f"{begin}-01-01T"), encoding="utf-8")
        assert yici("catalog", "load", str(tmp_path / "page.yaml"), "--data", str(data)).returncode == 0
    listed = json.loads(yici("grant", "list", "--json", "--data", str(data)).stdout)
    found = {item["id"]: item for item in listed if item["id"] in periods}
    assert {name: item["state"] for name, item in found.items()} == {
        "old": "ended",
        "now": "in_force",
        "coming": "not_yet",
    }
    assert found["old"]["clear_fields"] == ["status"]
    assert (found["old"]["valid_from"], found["old"]["valid_to"]) == (
        "2015-12-31T16:00:00Z",
        "2016-12-31T16:00:00Z",
    )
    shown = {
        line.split()[0]: line for line in yici("grant", "list", "--data", str(data), COLUMNS="999").stdout.splitlines()
    }
    assert "ended" in shown["old"]
    assert "2016-01-01 00:00:00" in shown["old"]
    assert "in force" in shown["now"]
    assert "in force" not in shown["old"]


def test_a_demo_removes_nothing_that_no_demo_made(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    found = yici("demo", "--data", str(tmp_path))
    assert found.returncode == 1
    assert "holds something that no demo made" in found.stderr
    assert precious.read_text() == "mine"


def test_a_broken_bundle_says_nothing_of_the_evidence(tmp_path: Path) -> None:
    (tmp_path / "one.sd-jwt").write_text("x")
    for name, text in (("root.pem", ""), ("crl.pem", ""), ("ledger.vkey", "\xff")):
        (tmp_path / name).write_text(text, encoding="latin-1")
    for command in ("evidence", "license"):
        assert yici(command, "check", str(tmp_path / "one.sd-jwt"), "--trust", str(tmp_path)).returncode == 2
    assert yici("evidence", "check", ".", "--trust", str(tmp_path)).returncode == 2


@pytest.mark.parametrize(
    "arguments", [["evidence", "check", "a.sd-jwt"], ["license", "check", "license.png"], ["license", "review", "x", "--address", "127.0.0.1:1", "--credentials", ".", "--basis", "a"]]
)  # fmt: skip
def test_a_forgotten_trust_bundle_is_named_with_what_makes_it(tmp_path: Path, arguments: list[str]) -> None:
    for name in ("chain.pem", "desk.key.pem", "a.sd-jwt", "license.png"):
        (tmp_path / name).write_text("x")
    for language, words in (
        ("en", "--trust: there is no folder trust; name the one that yici trust export wrote"),
        ("zh", "--trust：没有目录 trust"),
    ):
        found = yici(*arguments, cwd=tmp_path, YICI_LANG=language)
        assert found.returncode
        assert words in found.stdout + found.stderr


def test_every_fault_of_a_file_is_a_line_at_the_terminal(data: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text('agencies: [{uscc: "1", nam: x, region: "320500"}]\nsystems: [{id: s}]')
    found = yici("catalog", "load", str(tmp_path / "wrong.yaml"), "--data", str(data))
    lines = found.stderr.splitlines()
    assert (found.returncode, len(lines)) == (1, 5)
    assert lines[2] == "error wrong.yaml: agencies[0].name: is required"
    assert all(line.startswith("error wrong.yaml: ") for line in lines)


def test_help_is_in_the_users_language() -> None:
    for language, words in (
        ("zh", ("用法：yici", "选项", "命令", "审计账本", "显示帮助并退出")),
        ("en", ("Options", "Commands", "audit ledger")),
    ):
        text = yici("ledger", "--help", YICI_LANG=language).stdout
        assert all(word in text for word in words), text


def test_a_search_by_time_honours_the_offset_it_is_given(data: Path) -> None:
    yici("catalog", "load", str(_agency(data)), "--data", str(data))
    at = datetime.now(UTC)
    for zone in (timedelta(hours=8), timedelta(hours=-5)):
        for minutes, there in ((-5, True), (5, False)):
            since = (at + timedelta(minutes=minutes)).astimezone(timezone(zone)).isoformat()
            found = yici("ledger", "search", "--since", since, "--data", str(data), YICI_WHY="")
            assert (re.search(r"agency \w+ added", found.stdout) is not None) is there, (
                since,
                found.stdout,
                found.stderr,
            )
            until = yici("ledger", "search", "--until", since, "--data", str(data), YICI_WHY="")
            assert (re.search(r"agency \w+ added", until.stdout) is not None) is not there, (
                since,
                until.stdout,
                until.stderr,
            )
    found = yici("ledger", "search", "--since", "yesterday", "--data", str(data))
    assert (found.returncode, "must be a time, such as" in found.stderr) == (2, True)


def _agency(data: Path) -> Path:
    path = data.parent / "agency.yaml"
    path.write_text('agencies: [{uscc: "113205000000140825", name: 审批局, region: "320500"}]')
    return path


def test_a_clock_that_agrees_with_the_ledger_needs_no_word(data: Path) -> None:
    yici("catalog", "load", str(_agency(data)), "--data", str(data))
    shown = yici("ledger", "clock", "--data", str(data))
    assert (shown.returncode, "synchronized" in shown.stdout or "not told" in shown.stdout) == (0, True)
    refused = yici("ledger", "clock", "--confirm", "--why", "NTP was off", "--data", str(data))
    assert (refused.returncode, "nothing to confirm" in refused.stderr) == (1, True)
    without = yici("ledger", "clock", "--confirm", "--data", str(data), YICI_WHY="")
    assert (without.returncode, "why this is done" in without.stderr) == (2, True)


def test_a_log_whose_checkpoint_was_lost_is_accepted_on_the_record(data: Path) -> None:
    yici("catalog", "load", str(_agency(data)), "--data", str(data))
    (data / "ledger" / "checkpoint").unlink()
    assert "is missing" in yici("ledger", "verify", "--data", str(data)).stdout
    assert "is missing" in yici("serve", "--data", str(data), YICI_NODE__PORT="0", YICI_NODE__HTTP_PORT="0").stderr
    accepted = yici("ledger", "accept", "--why", "the disk was replaced", "--data", str(data))
    assert "is published" in accepted.stdout, accepted.stderr
    assert "Clean" in yici("ledger", "verify", "--data", str(data)).stdout
    assert "ledger.checkpoint" in yici("ledger", "search", "--data", str(data)).stdout
