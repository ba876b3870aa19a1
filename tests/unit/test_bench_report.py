"""Tests of the report of benchmarks."""

from pathlib import Path

import pytest

from tests.bench import report
from tests.bench.report import Row, write_report


def test_a_new_report_keeps_the_sections_added_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "DOCS", tmp_path)
    write_report([Row("Verify", 1.0, "/s")], {}, "a machine")
    written = tmp_path / "benchmarks.md"
    fresh, section = written.read_text(), "## Against the commit before\n\n| Verify | 0.97 |\n\n## More\n\nWords.\n"
    written.write_text(f"{fresh}\n{section}".replace("\n\n\n", "\n\n"))
    write_report([Row("Query", 2.0, "/s")], {}, "a machine")
    assert "| Query | 2.00 /s |" in written.read_text()
    assert "| Verify | 1.00 /s |" not in written.read_text()
    assert written.read_text().endswith(f"\n\n{section}")
    before = written.read_text()
    write_report([Row("Query", 2.0, "/s")], {}, "a machine")
    assert written.read_text() == before
