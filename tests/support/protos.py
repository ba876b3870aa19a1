"""The comments of the methods in the .proto files."""

import re
from pathlib import Path

_PROTOS = Path(__file__).parents[2] / "protos" / "yici"
_SERVICE = re.compile(r"^service (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_METHOD = re.compile(r"((?:^  //.*\n)+)  rpc (\w+)\(", re.MULTILINE)


def said_of_methods() -> dict[str, dict[str, str]]:
    """Return ``Service.Method`` → heading (``Caller``, ``Decided by`` …) → text."""
    return {
        f"{service}.{method}": _headed(comment)
        for path in sorted(_PROTOS.rglob("*.proto"))
        for service, body in _SERVICE.findall(path.read_text(encoding="utf-8"))
        for comment, method in _METHOD.findall(body)
    }


def actions_in(text: str) -> set[str]:
    """Return the Cedar actions that a text names."""
    return set(re.findall(r"`([a-z_.]+)`", text))


def _headed(comment: str) -> dict[str, str]:
    lines = [line.removeprefix("  //").strip() for line in comment.splitlines()]
    _, _, headed = "\n".join(lines).partition("\n\n")
    parts = re.split(r"^([A-Z][a-z ]+): ", headed, flags=re.MULTILINE)[1:]
    return {name: " ".join(text.split()) for name, text in zip(parts[::2], parts[1::2], strict=True)}
