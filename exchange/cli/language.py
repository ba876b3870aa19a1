"""The language of the reader: Chinese or English."""

import os
from functools import cache


@cache
def chinese() -> bool:
    """Whether to speak Chinese: by YICI_LANG, or by the locale."""
    named = (os.environ.get(name, "") for name in ("YICI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    return next((value for value in named if value), "").lower().startswith("zh")


def say(english: str, chinese_text: str) -> str:
    """The text in the language of the reader."""
    return chinese_text if chinese() else english
