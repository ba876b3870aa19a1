"""The files, tables and commands of docs/connect-a-department, created and run as on the page."""

import asyncio
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import openpyxl
import yaml

from tests.support import terminal

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent / "yici"
_BLOCK = re.compile(r"^```(yaml|toml|sql|console)\n(.*?)^```$|((?:^\|[^\n]*\|\n)+)", re.MULTILINE | re.DOTALL)
_AGE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+08:00 ?[(（]\d+ (?:days old|天前)[)）]")
_ABOVE = "↑"
Heard = tuple[str, str, str]
"""A command, its output on the page, and its actual output."""


class Walk:
    """One reader: a working folder with a data folder, and a database for the legacy table."""

    def __init__(self, page: str, folder: Path, database: str) -> None:
        self._text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        self._language = "zh" if page.endswith("zh-CN.md") else "en"
        self._folder = folder
        self._data = folder / ".yici"
        self._database = database
        self._cells: dict[int, list[str]] = {}

    def run(self) -> Iterator[Heard]:
        """Do all steps of the page before the reference of settings; yield the output of each command."""
        for block in _BLOCK.finditer(self._text.partition("\n## 全部设置\n")[0].partition("\n## All settings\n")[0]):
            kind, text = (block[1], block[2]) if block[1] else ("table", block[3])
            match kind:
                case "table":
                    self._sheet(text)
                case "toml":
                    address = re.sub(r"postgresql://[^\"]*", self._database, text)
                    with (self._data / "yici.toml").open("a", encoding="utf-8") as settings:
                        settings.write(f"\n{address}")
                case "yaml":
                    self._yaml(text)
                case "sql":
                    asyncio.run(self._sql(text))
                case _:
                    yield self._command(text)

    def _sheet(self, table: str) -> None:
        lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]
        self._cells |= {int(row[0]): row[1:] for row in lines[2:]}
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        merged = []
        for number, row in self._cells.items():
            for column, text in enumerate(row, 1):
                if text == _ABOVE:
                    merged.append((number, column))
                elif text:
                    sheet.cell(number, column, 320502197304040148 if "E+" in text else text)
        for number, column in merged:
            sheet.merge_cells(start_row=number - 1, end_row=number, start_column=column, end_column=column)
        sheet.merge_cells("A1:F1")
        drop = self._data / "drops" / "civil" / "marriages.xlsx"
        drop.parent.mkdir(parents=True, exist_ok=True)
        book.save(drop)

    def _yaml(self, text: str) -> None:
        first = text.partition("\n")[0]
        name = re.search(r"[\w./]+\.yaml", first)
        assert name, first
        file = (self._data if "datasets/" in name[0] else self._folder) / name[0]
        if first == f"# {name[0]}":
            file.write_text(text, encoding="utf-8")
        else:  # only the changed keys
            whole = yaml.safe_load(file.read_text(encoding="utf-8")) | yaml.safe_load(text)
            file.write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")

    async def _sql(self, text: str) -> None:
        connection = await asyncpg.connect(self._database)
        try:
            await connection.execute(text)
        finally:
            await connection.close()

    def _command(self, text: str) -> Heard:
        first, _, said = text.partition("\n")
        _, *arguments = shlex.split(first.removeprefix("$ "))
        path = f"{BIN.parent}{os.pathsep}{os.environ['PATH']}"  # printed commands are named without their folder
        environment = os.environ | {"YICI_LANG": self._language, "TERM": "dumb", "COLUMNS": "200", "PATH": path}
        found = terminal.run(*arguments, cwd=self._folder, environment=environment)
        return first, _AGE.sub("", said), _AGE.sub("", found.stdout + found.stderr)
