"""Checks that the first line of every docstring is at most 99 characters long."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("keys", "registry", "adapters", "exchange", "tests")
LONGEST = 99


def main() -> None:
    """Compare, and name each docstring that is too long."""
    wrong = [found for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")) for found in faults(path)]
    if wrong:
        sys.exit(f"first lines of docstrings over {LONGEST} characters:\n  " + "\n  ".join(wrong))
    print(f"first lines of docstrings have at most {LONGEST} characters")


def faults(path: Path) -> Iterator[str]:
    """Yield the places of a module's docstrings whose first line is too long."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = (ast.get_docstring(node) or "").partition("\n")[0]
            if len(first) > LONGEST:
                yield f"{path}:{getattr(node, 'lineno', 1)}: {len(first)} characters: {first}"


if __name__ == "__main__":
    main()
