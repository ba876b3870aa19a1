"""Line breaks of document titles: whole words, even lengths, longer lines first (GB/T 9704, 7.3.1)."""

import math
import re
import unicodedata
from functools import cache
from itertools import accumulate

_LONGEST = 19.0
"""The most ideographs of 2号 on a line."""
_AFTER, _BEFORE = "、，：的和与及暨", ("关于", "和", "与", "及", "暨", "（", "《")
_CLOSING, _OPENING = "、，。：；）》”’的", "（《“‘"
_TOKEN = re.compile(r"[0-9A-Za-z.%-]+|《[^《》]{1,16}》|〔[^〔〕]*〕|.", re.DOTALL)
_AWKWARD = 12.0


def title_lines(title: str) -> list[str]:
    """Return the lines of a title; titles with blanks, such as English ones, are left to Typst."""
    pieces = _TOKEN.findall(title)
    ends = [0.0, *accumulate(map(_width, pieces))]
    if " " in title or ends[-1] <= _LONGEST:
        return [title]
    count = math.ceil(ends[-1] / _LONGEST)

    @cache
    def best(begin: int, left: int) -> tuple[float, tuple[int, ...]]:
        """Return the lowest fault of the pieces from ``begin`` on ``left`` lines, and the lines' ends."""
        wanted = (ends[-1] - ends[begin]) / left + (left - 1) / 2
        found: tuple[float, tuple[int, ...]] = (math.inf, ())
        for end in range(begin + 1, len(pieces) + 1) if left > 1 else [len(pieces)]:
            if ends[end] - ends[begin] > _LONGEST:
                break
            rest, later = best(end, left - 1) if left > 1 and end < len(pieces) else (0.0, ())
            fault = (ends[end] - ends[begin] - wanted) ** 2 / 4 + rest + (_fault(pieces, end) if left > 1 else 0.0)
            found = min(found, (fault, (end, *later)))
        return found

    _, breaks = best(0, count)
    return ["".join(pieces[begin:end]) for begin, end in zip((0, *breaks), breaks, strict=False)] or [title]


def _fault(pieces: list[str], end: int) -> float:
    """Return the fault of a line break before the piece ``end``."""
    if end == len(pieces) or pieces[end][0] in _CLOSING or pieces[end - 1][-1] in _OPENING:
        return math.inf
    smooth = pieces[end - 1][-1] in _AFTER or "".join(pieces[end : end + 2]).startswith(_BEFORE)
    return 0.0 if smooth else _AWKWARD


def _width(text: str) -> float:
    return sum(1.0 if unicodedata.east_asian_width(item) in "WFA" else 0.5 for item in text)
