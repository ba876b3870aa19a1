"""The time of day in China, by which days, months and quotas are counted."""

from datetime import timedelta, timezone

CHINA = timezone(timedelta(hours=8))
