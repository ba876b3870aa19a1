"""The settings file that a new node is given, with its comments in the language of the reader."""

import re

from exchange.cli.language import say
from exchange.settings import TEMPLATE

_COMMENT = re.compile(r"(^# (?!\[|\w+ = ).+\n)+", re.MULTILINE)
"""Lines of explanation; others that begin alike are examples."""
_SENTENCE_END = re.compile("。(?=.)")


def settings_template() -> str:
    """The text of ``yici.toml``, before the node's own values are in it."""
    return _COMMENT.sub(lambda found: _comment(found[0]), TEMPLATE)


def explanations() -> list[str]:
    """What the comments say, each as one line."""
    return [_line(found[0]) for found in _COMMENT.finditer(TEMPLATE)]


def _comment(lines: str) -> str:
    said = say(_line(lines))
    return lines if said == _line(lines) else _SENTENCE_END.sub("。\n# ", f"# {said}\n")


def _line(lines: str) -> str:
    return " ".join(line.removeprefix("# ") for line in lines.splitlines())
