"""Tests of docs/architecture.md: the files and packages that it names exist."""

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
