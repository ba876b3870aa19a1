"""Chinese pages have the examples of the English ones, and no other commands."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from registry.parsing import parse
from registry.register_files import SECTIONS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path.name.removesuffix(".zh-CN.md") for path in DOCS.glob("*.zh-CN.md"))
OFFICIAL = ["registers", "licenses", "seals", "ledger"]


def examples(page: str) -> list[Any]:
    return [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)]


def commands(page: str) -> set[str]:
    text = (DOCS / page).read_text()
    return set(re.findall(r"^    (yici [^\n]*)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["registers", "licenses", "seals"])
def test_examples_of_chinese_pages_are_those_of_the_english(name: str) -> None:
    assert examples(f"{name}.md")
    assert examples(f"{name}.zh-CN.md") == examples(f"{name}.md")
    assert commands(f"{name}.zh-CN.md") == commands(f"{name}.md")


def test_the_chinese_page_of_registers_can_be_loaded() -> None:
    [example] = examples("registers.zh-CN.md")
    for section, items in example.items():
        for item in [items] if section == "catalogue" else items:
            parse(SECTIONS[section], item, section)


@pytest.mark.parametrize("name", OFFICIAL)
def test_chinese_pages_are_chinese_throughout(name: str) -> None:
    text = re.sub(
        r"```.*?```|^    .*?$|`[^`]*`|\[[^\]]*\]\([^)]*\)",
        "",
        (DOCS / f"{name}.zh-CN.md").read_text(),
        flags=re.DOTALL | re.MULTILINE,
    )
    assert len(re.findall("[\u4e00-\u9fff]", text)) > 300
    assert re.findall(r"[A-Za-z]+ [a-z]+ [a-z]+", text) == []


@pytest.mark.parametrize("name", PAGES)
def test_chinese_pages_link_to_pages_that_are_there(name: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (DOCS / f"{name}.zh-CN.md").read_text()):
        assert (DOCS / target).exists(), target
