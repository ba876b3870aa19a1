"""Tables of the command line: as wide as needed in pipes, as wide as the terminal at most, or JSON.

No word is broken and no column is omitted: if the columns do not fit side by side, each row is printed as a record, one
line a column.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, NamedTuple

import orjson
import typer
from rich.cells import cell_len
from rich.markup import escape
from rich.rule import Rule
from rich.table import Table

from exchange.cli.texts import console, is_piped, printable, say
from exchange.cli.times import shown_time

_GAP = 2
_HEADING = 80

AsJson = Annotated[bool, typer.Option("--json", help=say("Print JSON, with times in UTC."))]
Utc = Annotated[bool, typer.Option("--utc", help=say("Show times in UTC, not of Asia/Shanghai."))]


class Column(NamedTuple):
    """A column: its name in JSON, and its heading."""

    key: str
    heading: str


class Said(NamedTuple):
    """A value, and the text that replaces it for people."""

    value: Any
    text: str
    style: str = ""


Row = Mapping[str, Any]
"""Values by column name: texts, numbers, days, times, lists of them, None for no value, or ``Said``."""


def heading(text: str) -> None:
    """Print a heading with a rule of a page's width."""
    console().print(Rule(f"[bold]{text}[/]", align="left"), width=min(console().width, _HEADING))


def show_rows(columns: Sequence[Column], rows: Iterable[Row], *, as_json: bool = False, utc: bool = False) -> None:
    """Print rows as a table, or as a JSON array."""
    items = list(rows)
    if as_json:
        show_json(json_rows(columns, items))
        return
    heads = [say(column.heading) for column in columns]
    texts = [[_text(row[column.key], utc=utc) for column in columns] for row in items]
    if is_piped():
        _show_plain([heads, *texts])
        return
    styles = [[_style(row[column.key]) for column in columns] for row in items]
    widths = _widths([heads, *texts], console().width - _GAP * (len(columns) - 1))
    if widths is None:
        _show_records(heads, texts, styles)
        return
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False)
    for head, width in zip(heads, widths, strict=True):
        table.add_column(head, width=width)
    for line, style in zip(texts, styles, strict=True):
        table.add_row(*map(_marked, line, style))
    console().print(table)


def json_rows(columns: Sequence[Column], rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return rows as JSON objects."""
    return [{column.key: _plain(row[column.key]) for column in columns} for row in rows]


def show_json(value: Any) -> None:
    """Print JSON."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def _show_plain(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [text + " " * (width - cell_len(text)) for text, width in zip(line, widths, strict=True)]
        typer.echo((" " * _GAP).join(cells).rstrip())


def _show_records(heads: Sequence[str], texts: Sequence[Sequence[str]], styles: Sequence[Sequence[str]]) -> None:
    for line, style in zip(texts, styles, strict=True):
        record = Table.grid(padding=(0, _GAP, 0, 0))
        record.add_column(no_wrap=True, style="bold")
        record.add_column(overflow="fold")
        for head, text, one in zip(heads, line, style, strict=True):
            record.add_row(head, _marked(text, one))
        console().print(record)
        console().print()


def _widths(lines: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Return the widths of the columns; None if their longest words do not fit side by side."""
    columns = list(zip(*lines, strict=True))
    most = [max(map(cell_len, column)) for column in columns]
    least = [max(cell_len(word) for text in column for word in text.split() or [""]) for column in columns]
    spare, wanted = room - sum(least), sum(most) - sum(least)
    if spare < 0:
        return None
    if wanted <= spare:
        return most
    return [low + spare * (high - low) // wanted for low, high in zip(least, most, strict=True)]


def _marked(text: str, style: str) -> str:
    return f"[{style}]{escape(text)}[/]" if style else escape(text)


def _style(value: Any) -> str:
    return value.style if isinstance(value, Said) else ""


def _text(value: Any, *, utc: bool) -> str:
    match value:
        case Said():
            return printable(value.text)
        case None | "" | [] | ():
            return "—"
        case datetime():
            return shown_time(value, utc=utc)
        case list() | tuple():
            return say(", ").join(_text(item, utc=utc) for item in value)
        case _:
            return printable(" ".join(str(value).split()))


def _plain(value: Any) -> Any:
    match value:
        case Said():
            return _plain(value.value)
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case date():
            return value.isoformat()
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value
