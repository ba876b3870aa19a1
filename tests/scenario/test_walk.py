"""Scenario test of docs/connect-a-department: its commands print what the page shows."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.walk import BIN, Walk


@pytest.mark.parametrize("page", ["connect-a-department.md", "connect-a-department.zh-CN.md"])
def test_the_walk_of_the_page_ends_with_a_clean_check(page: str, tmp_path: Path, url: str) -> None:
    environment = os.environ | {"YICI_DATA": str(tmp_path / ".yici")}
    assert subprocess.run([BIN, "init"], env=environment, capture_output=True, timeout=60).returncode == 0
    try:
        heard = list(Walk(page, tmp_path, url).run())
    finally:
        subprocess.run([BIN, "stop"], env=environment, capture_output=True, timeout=60)
    assert [found for _, _, found in heard] == [said for _, said, _ in heard]
    checks = [(command, found) for command, _, found in heard if "source check" in command]
    for dataset in ("civil.marriage", "civil.marriage_archive"):
        (first, *_, last) = [found for command, found in checks if command.endswith(dataset)]
        assert (first[0], last[0], last.count("\n")) == ("✗", "✓", 1)
