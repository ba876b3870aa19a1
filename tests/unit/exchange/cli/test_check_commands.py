"""Tests of check commands: any input ends in a verdict, never in a traceback."""

import io
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from keys.notes import NoteSigner
from keys.statuslist import Status
from keys.suites import SUITES
from tests.support import terminal
from tests.support.sealing import Sealing

WORLD = Sealing.make()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    key = NoteSigner("log", SUITES["EdDSA"].generate()).key
    replace(WORLD.bundle, ledger_keys=(key,)).save(tmp_path / "trust")
    (tmp_path / "license.sd-jwt").write_text(WORLD.envelope())
    return tmp_path


def yici(folder: Path, *arguments: str | bytes) -> subprocess.CompletedProcess[str]:
    found = terminal.run(*arguments, "--trust", "trust", cwd=folder, environment=os.environ | {"YICI_LANG": "en"})
    assert "Traceback" not in found.stderr, found.stderr
    return found


@pytest.mark.parametrize(("status", "code"), [(Status.VALID, 0), (Status.SUSPENDED, 1)])
def test_a_status_list_may_be_a_cwt(folder: Path, status: Status, code: int) -> None:
    (folder / "list").write_bytes(WORLD.status_list_cwt({7: status}))
    found = yici(folder, "license", "check", "license.sd-jwt", "--status", "list")
    assert found.returncode == code, found.stdout
    assert status.name.lower() in found.stdout


@pytest.mark.parametrize("data", [b"\xd8\x23\x01", b"\xff\xfe", b"eyJ", b"\x00"])
def test_an_invalid_status_list_is_reported(folder: Path, data: bytes) -> None:
    (folder / "list").write_bytes(data)
    found = yici(folder, "license", "check", "license.sd-jwt", "--status", "list")
    assert (found.returncode, "status list" in found.stdout) == (1, True)


def test_a_broken_picture_and_half_a_character_are_reported(folder: Path) -> None:
    picture = io.BytesIO()
    Image.new("L", (64, 64)).save(picture, "PNG")
    broken = bytearray(picture.getvalue())
    broken[29] ^= 1
    (folder / "code.png").write_bytes(broken)
    assert "picture: cannot be read" in yici(folder, "license", "check", "code.png").stdout
    assert yici(folder, "license", "check", b"A\xed\xa0\x80~").returncode == 1
    name = b"\xed\xa0\x80"
    (folder / os.fsdecode(name)).write_bytes(b"~")
    assert yici(folder, "evidence", "check", name).returncode == 1
