"""The settings file of a new node, with comments in the user's language."""

import re

from exchange.cli.language import say
from exchange.settings.template import TEMPLATE

_COMMENT = re.compile(r"(^# (?!\[|\w+ = ).+\n)+", re.MULTILINE)
"""Lines of explanation; other comments are examples."""
_SENTENCE_END = re.compile("。(?=.)")


def settings_template() -> str:
    """Return the text of ``yici.toml`` without the node's own values."""
    return _COMMENT.sub(lambda found: _comment(found[0]), TEMPLATE)


def explanations() -> list[str]:
    """Return the explanations in the comments, each as one line."""
    return [_line(found[0]) for found in _COMMENT.finditer(TEMPLATE)]


def _comment(lines: str) -> str:
    said = say(_line(lines))
    return lines if said == _line(lines) else _SENTENCE_END.sub("。\n# ", f"# {said}\n")


def _line(lines: str) -> str:
    return " ".join(line.removeprefix("# ") for line in lines.splitlines())
