"""Rates: how many calls a second each caller may make."""

from exchange.acts.refusals import Reason, Refusal
from exchange.buckets import Buckets


class RateLimit:
    """Calls a second of each caller in this process, whatever they ask for: a bucket that fills steadily.

    It holds one second's worth, or one call where that is less.
    """

    def __init__(self, per_second: float) -> None:
        self._rate = per_second
        self._buckets = Buckets(per_second, max(per_second, 1.0))

    def take(self, caller: str) -> Refusal | None:
        """Take one call; the refusal, if there was none left."""
        if self._buckets.take(caller):
            return None
        return Refusal(Reason.RATE_EXCEEDED, f"more than {self._rate:g} calls a second; slow down")
