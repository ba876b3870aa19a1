"""A server that is gone needs no stopping, whatever it left behind."""

from pathlib import Path

import pytest

from registry.embedded import EmbeddedPostgres


@pytest.mark.parametrize("left", ["", "4194303999\n/somewhere\n", "-\n"])
def test_what_a_crash_left_is_no_running_server(tmp_path: Path, left: str) -> None:
    (tmp_path / "postmaster.pid").write_text(left)
    assert EmbeddedPostgres(tmp_path).stop() is False
