"""In which encoding bytes are, and texts that were read in the wrong one."""

import re

_BOMS = {b"\xef\xbb\xbf": "UTF-8 with BOM", b"\xff\xfe": "UTF-16LE", b"\xfe\xff": "UTF-16BE"}
_CUT = 3
"""Bytes at the end of a part that may belong to a character that is cut."""
_HAN = range(0x4E00, 0xA000)
_LEADING = "".join(
    bytes((lead, following)).decode("gbk", "ignore") for lead in range(0xE4, 0xEA) for following in range(0x80, 0xC0)
)
_SUSPECT = re.compile(f"[\xa1-\xb6\xb8-\xff{_LEADING}]").search
"""Chinese in another encoding has one of these: most texts have none, and this is asked of every text of every row."""
_PROBABLE = re.compile(f"[\xe4-\xe9]|[\xa1-\xff]{{2}}|^[!-~]*[{_LEADING}]").search


def encoding_of(head: bytes) -> str:
    """The encoding of the first part of a text: UTF-8, one with a BOM, GB18030, or unknown."""
    for bom, name in _BOMS.items():
        if head.startswith(bom):
            return name
    if head.isascii():
        return "ASCII"
    return next((name for name in ("UTF-8", "GB18030") if _is_in(head, name)), "unknown")


def _is_in(head: bytes, name: str) -> bool:
    for cut in range(_CUT + 1):
        try:
            head[: len(head) - cut].decode(name)
        except UnicodeDecodeError:
            continue
        return True
    return False


def decoded(cell: bytes) -> str:
    """A cell in UTF-8 or GB18030; what is neither has U+FFFD."""
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return cell.decode("gb18030", "replace")


def is_mojibake(text: str) -> bool:
    """Whether a text is Chinese in UTF-8 that was read as Latin-1, Windows-1252 or GBK, or in GBK read as Latin-1."""
    if text.isascii() or not _SUSPECT(text) or not _PROBABLE(text):
        return False
    return any(_becomes_han(text, wrong, right) for wrong, right in (
        ("latin-1", "utf-8"), ("cp1252", "utf-8"), ("gbk", "utf-8"), ("latin-1", "gbk")
    ))  # fmt: skip


def _becomes_han(text: str, wrong: str, right: str) -> bool:
    try:
        found = text.encode(wrong).decode(right)
    except UnicodeError:
        return False
    return sum(ord(char) in _HAN for char in found) >= max(1, len(found) // 2) and not found.isascii()
