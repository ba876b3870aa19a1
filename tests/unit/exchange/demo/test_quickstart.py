"""Tests of the quickstart's files: their comments are in the user's language."""

from pathlib import Path

import pytest

from exchange.cli.language import chinese
from exchange.demo.quickstart import _CHINESE, _copy


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_files_of_the_quickstart_have_comments_in_the_user_s_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("YICI_LANG", language)
    chinese.cache_clear()
    _copy(tmp_path)
    chinese.cache_clear()
    for path in (tmp_path / "registers.yaml", tmp_path / "grants.yaml", tmp_path / "datasets" / "residents.yaml"):
        comments = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# ")]
        assert comments, path
        assert {bool(_CHINESE.search(line)) for line in comments} == {language == "zh"}
    assert (tmp_path / "ask.py").read_text(encoding="utf-8").count("# ") == 0
