"""Display of times: in Asia/Shanghai or UTC, always with their offset."""

import re
from datetime import UTC, datetime, tzinfo

from registry.china import CHINA

_IN_TEXT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?: ?UTC|Z)")


def zone(*, utc: bool) -> tzinfo:
    """Return the time zone in which times are displayed and read."""
    return UTC if utc else CHINA


def shown_time(at: datetime, *, utc: bool = False) -> str:
    """Return a time as text, to the second."""
    return at.astimezone(zone(utc=utc)).isoformat(" ", "seconds")


def with_shown_times(text: str, *, utc: bool = False) -> str:
    """Return a text with every time in UTC replaced by its displayed form."""
    return _IN_TEXT.sub(lambda found: _shown(found[1], found[2], utc=utc), text)


def _shown(day: str, clock: str, *, utc: bool) -> str:
    try:
        return shown_time(datetime.fromisoformat(f"{day}T{clock}+00:00"), utc=utc)
    except (ValueError, OverflowError):
        return f"{day} {clock} UTC"
