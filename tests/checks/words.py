"""Checks that the Chinese catalogue has exactly the texts of the code; ``--write`` updates it.

Texts are arguments of ``say`` and similar functions; below the command line, constants of words: rules, reasons and
findings.
"""

import ast
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from exchange.cli.template import explanations
from tests.checks.words_of_libraries import words_of_libraries

ROOT = Path(__file__).parents[2]
PO = ROOT / "exchange/cli/locale/zh/LC_MESSAGES/yici.po"
MO = PO.with_suffix(".mo")
SAYING = {"say": 0, "mark": 0, "step": 0, "say_line": 0, "say_title": 1, "Column": 1}
"""What shows or marks a text, and which of its arguments that is."""
ERRORS = re.compile(r"(Error|^Step|\.BadParameter)$")
WORDS = re.compile(r"[A-Za-z0-9']+[,:;)]? \(?[a-z]|^(\{\d\} )?[a-z]+ [a-z{]|\{\d\} [a-z]+")
NO_WORDS = re.compile(
    r"\b(SELECT|INSERT|UPDATE|AND encode|DELETE|CREATE|WHERE|FROM|ALTER|COPY|LOCK|SET|ORDER|DROP|TABLE|NOTIFY|LISTEN)\b|\$\d\b"
    r"|(permit|forbid) \(|^(text/|application/|public, |default-src|no-store|PRAGMA|SHOW |Yici |<)"
    r"|^[a-z_]+ ?=|=\"|^ |\n|#let|^--[a-z-]+$|\(technical preview\)"
)
"""SQL, policies, headers, pages, and names of certificates and fonts."""
UNSAID = (
    "registry/migrations/", "registry/tables.py", "exchange/metrics.py", "exchange/telemetry.py", "exchange/logs.py",
    "exchange/node/check_page.py",
)  # fmt: skip
UNSAID_CALLS = re.compile(
    r"(^|\.)(debug|info|warning|error|exception|execute|fetch\w*|scalar\w*|text|compile|RuntimeError|TypeError|LookupError|"
    r"AssertionError|Counter|\w*Gauge\w*|Histogram|option|removeprefix|replace|startswith|getenv|TypeVar|NewType|"
    r"CheckConstraint)$"
)
"""What is given to these is for logs, metrics, databases and programmers."""


def main() -> None:
    """Compare, or write."""
    texts = dict(found())
    with PO.open("rb") as file:
        catalogue = read_po(file, locale="zh")
    if "--write" in sys.argv:
        catalogue = renewed(catalogue, texts)
        with PO.open("wb") as file:
            write_po(file, catalogue, width=120, sort_output=True)
        MO.write_bytes(compiled(catalogue))
    for what, items in faults(catalogue, texts).items():
        if items:
            sys.exit(f"{what}; make words, and translate in {PO.relative_to(ROOT)}:\n  " + "\n  ".join(items))
    print(f"{len(texts)} texts are in Chinese, too")


def faults(catalogue: Catalog, texts: dict[str, str]) -> dict[str, list[str]]:
    """Return the faults of a catalogue of these texts."""
    items = [item for item in catalogue if item.id]
    holes = re.compile(r"\{\d*\}").findall
    return {
        "without Chinese": [
            f"{place}: {text}" for text, place in texts.items() if not ((item := catalogue.get(text)) and item.string)
        ],
        "no longer in the code": [str(item.id) for item in items if item.id not in texts],
        "uncertain": [str(item.id) for item in items if item.fuzzy],
        "with a hole that the English has not": [
            str(item.id) for item in items if not set(holes(str(item.string))) <= set(holes(str(item.id)))
        ],
        "compiled before": [] if MO.read_bytes() == compiled(catalogue) else [str(MO.relative_to(ROOT))],
    }


def renewed(old: Catalog, texts: dict[str, str]) -> Catalog:
    """Return a catalogue of exactly these texts, with existing translations."""
    begun = datetime(2026, 1, 1, tzinfo=UTC)  # no time of writing: it would differ in every change
    fresh = Catalog(locale="zh", project="yici", fuzzy=False, creation_date=begun, revision_date=begun)
    for text in texts:
        before = old.get(text)
        fresh.add(text, before.string if before else "")
    return fresh


def compiled(catalogue: Catalog) -> bytes:
    """Return the compiled catalogue."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def found() -> Iterator[tuple[str, str]]:
    """Return each text and its location."""
    for folder in ("keys", "registry", "adapters", "exchange"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(UNSAID):
                read = spoken if name.startswith(("exchange/cli/", "exchange/demo/")) else written
                for text, line in read(ast.parse(path.read_text())):
                    yield text, f"{name}:{line}"
    for text in re.findall(r"^[a-z]+:.*?## (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE):
        yield text, "Makefile"
    for text in explanations():
        yield text, "yici.toml"
    yield from words_of_libraries()


def spoken(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the texts that a module shows, and those of its errors."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        at = SAYING.get(name.rpartition(".")[2])
        if at is not None:
            yield from ((text, node.lineno) for item in node.args[at : at + 1] if (text := text_of(item)))
        elif ERRORS.search(name):
            yield from ((text, node.lineno) for item in node.args if (text := text_of(item)) and is_said(text))


def written(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Whatever in a module reads as words, and the names of reasons."""
    unsaid = {part for node in ast.walk(tree) for part in unsaid_parts(node)}
    for node in ast.walk(tree):
        if node not in unsaid and (text := text_of(node)) and is_said(text):
            yield text, node.lineno  # type: ignore[attr-defined]  # every expression has one
        if isinstance(node, ast.ClassDef) and node.name == "Reason":
            names = [item.targets[0] for item in node.body if isinstance(item, ast.Assign)]
            yield from ((name.id, name.lineno) for name in names if isinstance(name, ast.Name))


def unsaid_parts(node: ast.AST) -> Iterator[ast.AST | None]:
    """Yield the texts in a node that users do not see: docstrings, keys, parts of f-strings."""
    match node:
        case ast.Expr(value=ast.Constant() as text):
            yield text
        case ast.JoinedStr(values=values):
            yield from values
            yield from (item.format_spec for item in values if isinstance(item, ast.FormattedValue))
        case ast.Compare(left=left):
            yield left
        case ast.ClassDef(bases=[ast.Name(id="StrEnum")], body=body):
            yield from (item.value for item in body if isinstance(item, ast.Assign))
        case ast.Dict(keys=keys):
            yield from keys
        case ast.Call(func=func, args=args, keywords=keywords) if UNSAID_CALLS.search(ast.unparse(func)):
            yield from args
            yield from (keyword.value for keyword in keywords)


def is_said(text: str) -> bool:
    """Return whether a text consists of words."""
    return bool(WORDS.search(text)) and not NO_WORDS.search(text)


def text_of(node: ast.AST) -> str | None:
    """Return the text of a constant or f-string, with numbered placeholders."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    holes = iter(range(len(node.values)))
    return "".join(str(item.value) if isinstance(item, ast.Constant) else f"{{{next(holes)}}}" for item in node.values)


if __name__ == "__main__":
    main()
