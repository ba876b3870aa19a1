"""Cedar policies: the schemas, the standing guardrails, and how values become Cedar text."""

from collections.abc import Sequence
from pathlib import Path

_FOLDER = Path(__file__).parent


def schema(name: str) -> str:
    """The schema of a kind of resource."""
    return (_FOLDER / f"{name}.cedarschema").read_text(encoding="utf-8")


def guardrails(name: str) -> str:
    """The standing rules of a kind of resource."""
    return (_FOLDER / f"{name}.cedar").read_text(encoding="utf-8")


def quoted(text: str) -> str:
    """A text as a Cedar string."""
    escaped = "".join(f"\\u{{{ord(c):x}}}" if c in '"\\' or not c.isprintable() else c for c in text)
    return f'"{escaped}"'


def listed(values: Sequence[str]) -> str:
    """Texts as a Cedar set."""
    return f"[{', '.join(map(quoted, values))}]"
