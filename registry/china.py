"""The time zone of China, in which days, months and quotas are counted."""

import re
from datetime import date
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
"""UTC+8, with summer time in 1940-49 and 1986-91, and local mean time before 1901."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def parse_day(text: str) -> date:
    """Parse a day written YYYY-MM-DD; ``date.fromisoformat`` also accepts weeks and eight digits.

    Raises:
        ValueError: the text has another form.
        TypeError: the value is not a text.
    """
    if not _DAY.fullmatch(text):
        raise ValueError("not a day, YYYY-MM-DD")
    return date.fromisoformat(text)
