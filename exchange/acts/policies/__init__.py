"""Cedar policies: the schema, the standing policies, and how values become Cedar text."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def schema() -> str:
    """The schema of every principal, action, resource and context."""
    return (_FOLDER / "yici.cedarschema").read_text(encoding="utf-8")


@cache
def standing() -> str:
    """The standing policies: guardrails, and what a duty permits."""
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in ("guardrails.cedar", "duties.cedar"))


def quoted(text: str) -> str:
    """A text as a Cedar string."""
    escaped = "".join(f"\\u{{{ord(c):x}}}" if c in '"\\' or not c.isprintable() else c for c in text)
    return f'"{escaped}"'


def listed(values: Sequence[str]) -> str:
    """Texts as a Cedar set."""
    return f"[{', '.join(map(quoted, values))}]"
