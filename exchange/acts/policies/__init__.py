"""Cedar policies: the schema, the fixed policies, and quoting of values."""

from functools import cache
from pathlib import Path

import cedarpy

_FOLDER = Path(__file__).parent


@cache
def schema() -> cedarpy.Schema:
    """Return the schema of all principals, actions, resources and contexts, which is parsed once."""
    return cedarpy.Schema.from_str(_texts("*.cedarschema"))


@cache
def is_action(name: str) -> bool:
    """Return whether the schema has an action."""
    return bool(cedarpy.validate_policies(f"permit (principal, action == Action::{quoted(name)}, resource);", schema()))


@cache
def standing() -> str:
    """Return the fixed policies: guardrails, permits of duties, and permits by resource."""
    return _texts("*.cedar")


def _texts(pattern: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob(pattern)))


def quoted(text: str) -> str:
    """Return a text as a Cedar string."""
    escaped = "".join(f"\\u{{{ord(c):x}}}" if c in '"\\' or not c.isprintable() else c for c in text)
    return f'"{escaped}"'
