"""A test for printable one-line text that does not depend on Python's version of Unicode.

``str.isprintable`` refuses characters that are newer than Python's own tables (Python 3.11 has Unicode 14), and the
joiners that the correct spelling of Arabic and Mongolian names needs.
"""

import unicodedata

_JOINERS = "\u200c\u200d\u180e"
_FIRST_FORMATTING_PLANE = 0xE0000
_NO_CHARACTERS = {*range(0xFDD0, 0xFDF0), *(plane << 16 | end for plane in range(17) for end in (0xFFFE, 0xFFFF))}


def is_printable(text: str) -> bool:
    """Return whether a text has no control or format characters, line ends, surrogates or private use."""
    return text.isprintable() or all(map(_is_shown, text))


def _is_shown(character: str) -> bool:
    if character.isprintable() or character in _JOINERS:
        return True
    code = ord(character)
    is_younger = unicodedata.category(character) == "Cn" and code not in _NO_CHARACTERS
    return is_younger and code < _FIRST_FORMATTING_PLANE
