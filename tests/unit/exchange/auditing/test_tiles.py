"""Tests of logs read over HTTP, complete and as signed or refused, and of who is late by them."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from exchange.auditing import tiles
from exchange.auditing.tiles import LogReader
from keys.errors import InvalidError, KeysError, MalformedError, UndecidedError
from keys.notes import NoteSigner
from keys.suites import SUITES
from keys.trust import TrustBundle
from tests.support import terminal
from tests.support.clocks import OTHER, SOURCE, leaf, publish, served

LEAVES = [
    leaf("2026-03-02", "start"),
    leaf("2026-03-03", "start", object="qu-2", limit="answer", hours=24),
    leaf("2026-03-04", "start", object="qu-3", source=OTHER, limit="answer", hours=24),
    leaf("2026-03-05", "stop", object="qu-3", source=OTHER),
    leaf("2026-03-20", "stop"),
]
MANY = [leaf("2026-03-02", "start", object=f"ap-{number}") for number in range(600)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def read(folder: Path, signer: NoteSigner, refusals: int = 0) -> list[bytes]:
    with served(folder, refusals) as url, LogReader(url, [signer.key]) as reader:
        return [*reader.entries(reader.checkpoint())]


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_a_log_is_read_whole(log: Path, note_signer: NoteSigner, count: int) -> None:
    publish(log, MANY[:count], note_signer)
    assert read(log, note_signer) == MANY[:count]


def _entries(folder: Path) -> Path:
    return folder / "tile" / "entries" / "000.p" / str(len(LEAVES))


def _alter(folder: Path) -> None:
    path = _entries(folder)
    path.write_bytes(path.read_bytes().replace(b"2026-03-20", b"2026-03-10"))


def _withhold(folder: Path) -> None:
    path = _entries(folder)
    path.write_bytes(path.read_bytes()[: -len(LEAVES[-1]) - 2])


def _append(folder: Path) -> None:
    path = _entries(folder)
    path.write_bytes(path.read_bytes() + b"\x00\x01x")


def _replace(folder: Path) -> None:
    path = _entries(folder)
    path.write_bytes(path.read_bytes()[: -len(LEAVES[-1]) - 2] + len(LEAVES[0]).to_bytes(2) + LEAVES[0])


def _enlarge(folder: Path) -> None:
    _entries(folder).write_bytes(bytes(256 * 4098 + 1))


def _remove(folder: Path) -> None:
    _entries(folder).unlink()


def _resign(folder: Path) -> None:
    publish(folder, LEAVES, NoteSigner("test.yici.example/ledger", SUITES["EdDSA"].generate()))


def _garble(folder: Path) -> None:
    (folder / "checkpoint").write_bytes(b"\xff")


def _empty(folder: Path) -> None:
    (folder / "checkpoint").unlink()


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (_alter, InvalidError),
        (_replace, InvalidError),
        (_withhold, MalformedError),
        (_append, MalformedError),
        (_enlarge, MalformedError),
        (_remove, UndecidedError),
        (_resign, InvalidError),
        (_garble, MalformedError),
        (_empty, UndecidedError),
    ],
)
def test_a_log_that_is_not_as_signed_is_refused(
    log: Path, note_signer: NoteSigner, spoil: Callable[[Path], None], error: type[KeysError]
) -> None:
    publish(log, LEAVES, note_signer)
    assert read(log, note_signer) == LEAVES
    spoil(log)
    with pytest.raises(error):
        read(log, note_signer)


@pytest.mark.parametrize(("refusals", "fails"), [(2, False), (3, True)])
def test_a_node_that_limits_requests_is_asked_again(
    log: Path, note_signer: NoteSigner, monkeypatch: pytest.MonkeyPatch, refusals: int, *, fails: bool
) -> None:
    monkeypatch.setattr(tiles, "_WAIT_SECONDS", 0)
    monkeypatch.setattr(tiles, "_MOST_WAITS", 3)
    publish(log, LEAVES, note_signer)
    with pytest.raises(UndecidedError, match="which limits requests") if fails else nullcontext():
        assert read(log, note_signer, refusals) == LEAVES


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://127.0.0.1", "nonsense", "http://[", ""])
def test_a_node_that_cannot_be_reached_decides_nothing(url: str, note_signer: NoteSigner) -> None:
    with pytest.raises(UndecidedError, match="checkpoint: cannot be fetched"), LogReader(url, [note_signer.key]) as log:
        log.checkpoint()


@pytest.fixture
def node(log: Path, tmp_path: Path, note_signer: NoteSigner) -> Iterator[Callable[..., tuple[int, str, str]]]:
    publish(log, LEAVES, note_signer)
    trust = tmp_path / "trust"
    TrustBundle((), (), (note_signer.key,)).save(trust)
    with served(log) as url:

        def audit(*arguments: object) -> tuple[int, str, str]:
            values = os.environ | {"YICI_LANG": "en", "TERM": "dumb"}
            found = terminal.run("audit", "clocks", url, "--trust", trust, *arguments, environment=values)
            return found.returncode, found.stdout, found.stderr

        yield audit


def test_the_command_prints_lateness_by_agency(node: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = node("--json")
    found = json.loads(out)
    assert (code, err, found["entries"], found["until"]) == (0, "", 5, "2026-03-20T04:00:00.000Z")
    worst = found["clocks"][1].pop("worst")
    assert found["clocks"] == [
        {
            "agency": OTHER,
            "limit": "answer",
            "running": 0,
            "late": 0,
            "ended": 1,
            "ended_late": 1,
            "worst": 1,
            "unit": "hours",
        },
        {"agency": SOURCE, "limit": "answer", "running": 1, "late": 1, "ended": 0, "ended_late": 0, "unit": "hours"},
        {
            "agency": SOURCE,
            "limit": "review",
            "running": 0,
            "late": 0,
            "ended": 1,
            "ended_late": 1,
            "worst": 4,
            "unit": "days",
        },
    ]
    assert worst > 6000


def test_the_command_says_until_when_the_log_is_read(node: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = node()
    assert code == 0
    assert "5 entries, all that the log has signed, until 2026-03-20 12:00:00+08:00." in out
    assert "review of an application" in out


def test_the_command_refuses_an_altered_log(node: Callable[..., tuple[int, str, str]], log: Path) -> None:
    _alter(log)
    code, out, err = node()
    assert (code, out) == (1, "")
    assert "not those of the signed checkpoint" in err


def test_the_command_counts_by_the_given_holidays_alone(
    node: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    holidays = tmp_path / "holidays.json"
    holidays.write_text("{}")
    code, out, err = node("--holidays", holidays)
    assert (code, out) == (1, "")
    assert "holidays 2026: not known" in err
