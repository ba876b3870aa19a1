"""Damage: texts that a store could not hold, which it keeps with ``?``, U+FFFD or private-use characters instead."""

import re

MARK = "\ufffd"
"""What stands for a damaged text where a damaged text has to be stored again."""

_DAMAGED = re.compile("[?\uff1f\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")


def is_damaged(text: str) -> bool:
    """Whether a stored text has lost a character."""
    return _DAMAGED.search(text) is not None
