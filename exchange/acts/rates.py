"""Rate limits of calls by caller."""

from exchange.acts.refusals import Reason, Refusal
from exchange.buckets import Buckets


class RateLimit:
    """Limits the calls a second of each caller in this process, by a token bucket.

    The bucket has the tokens of one second, but at least one.
    """

    def __init__(self, per_second: float) -> None:
        self._rate = per_second
        self._buckets = Buckets(per_second, max(per_second, 1.0))

    def take(self, caller: str) -> Refusal | None:
        """Take one call; return the refusal if there is none left."""
        if self._buckets.take(caller):
            return None
        return Refusal(Reason.RATE_EXCEEDED, f"more than {self._rate:g} calls a second; slow down")
