"""Detection of text encodings, and of text decoded with the wrong one."""

import codecs
import re

_BOMS = {b"\xef\xbb\xbf": "UTF-8 with BOM", b"\xff\xfe": "UTF-16LE", b"\xfe\xff": "UTF-16BE"}
_CUT_BYTES = 3
"""The most bytes at the end of a part that may belong to a cut character."""
_HAN = range(0x3400, 0xA000)
_CP1252 = {ord(char): chr(byte) for byte in range(0x80, 0xA0) if (char := bytes((byte,)).decode("cp1252", "ignore"))}
_LEADING = "".join(
    bytes((lead, following)).decode("gbk", "ignore") for lead in range(0xE4, 0xEA) for following in range(0x80, 0xC0)
)
_SUSPECT = re.compile(f"[\xa1-\xb6\xb8-\xff{_LEADING}]").search
"""A quick test that all mojibake passes and most text does not; it runs on every text of every row."""
_TWO = re.compile("[\xa1-\xff]{2}").search


def encoding_of(head: bytes) -> str:
    """Return the encoding of the first part of a text: UTF-8, one with a BOM, GB18030, or unknown."""
    for bom, name in _BOMS.items():
        if head.startswith(bom):
            return name
    if head.isascii():
        return "ASCII"
    return next((name for name in ("UTF-8", "GB18030") if _is_in(head, name)), "unknown")


def _is_in(head: bytes, name: str) -> bool:
    for cut in range(_CUT_BYTES + 1):
        try:
            head[: len(head) - cut].decode(name)
        except UnicodeDecodeError:
            continue
        return True
    return False


def decoded(cell: bytes) -> str:
    """Decode a cell as UTF-8 or GB18030; other bytes become U+FFFD."""
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return cell.decode("gb18030", "replace")


def is_mojibake(text: str) -> bool:
    """Return whether a text is UTF-8 read as Latin-1, Windows-1252 or GBK, or GBK read as Latin-1."""
    if text.isascii() or not _SUSPECT(text):
        return False
    single = text.translate(_CP1252)
    return (
        not _redecoded(single, "latin-1", "utf-8").isascii()  # hardly any text is by chance
        or _is_han(_redecoded(text, "gbk", "utf-8"))
        or (_TWO(text) is not None and _is_han(_redecoded(single, "latin-1", "gbk")))
    )


def _redecoded(text: str, wrong: str, right: str) -> str:
    """Decode a text again in another encoding, without a cut character at its end; empty if that fails."""
    try:
        return codecs.getincrementaldecoder(right)().decode(text.encode(wrong))
    except UnicodeError:
        return ""


def _is_han(text: str) -> bool:
    return not text.isascii() and sum(ord(char) in _HAN for char in text) >= max(1, len(text) // 2)
