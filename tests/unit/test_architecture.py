"""Tests of the pages for engineers: what they name exists, and decisions have no figures that age."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_module_that_the_page_names_exists() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    missing = []
    for paragraph in page.split("\n\n"):
        named = re.findall(r"`([\w/]+(?:\.py|/))`", paragraph)
        folders = [ROOT, *(ROOT / name for name in named if name.endswith("/"))]
        missing += [name for name in named if not any((folder / name).exists() for folder in folders)]
    assert missing == []
    assert page.count(".py`") > 30


def test_no_decision_has_a_measured_figure() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("0*.md"))
    figures = re.compile(r"\d ?(µs|ms)\b|\bp99\b|\d [a-z]+/s\b")
    assert [path.name for path in decisions if figures.search(path.read_text(encoding="utf-8"))] == []
    assert len(decisions) > 60
