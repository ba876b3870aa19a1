"""How many calls a second each system may make."""

import time
from collections.abc import Callable

from exchange.refusal import Reason, Refusal


class RateLimit:
    """Calls a second of each system in this worker, whatever they ask for: a bucket that fills steadily.

    It holds one second's worth, or one call where that is less. ``caller`` says whose certificate a call came with, so
    what cannot be read counts, too.
    """

    def __init__(self, per_second: float, caller: Callable[[bytes], str]) -> None:
        self.caller = caller
        self._rate = per_second
        self._most = max(per_second, 1.0)
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, certificate: bytes) -> Refusal | None:
        """Take one call; the refusal, if there was none left."""
        now, caller = time.monotonic(), self.caller(certificate)
        left, at = self._buckets.get(caller, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        if left < 1:
            self._buckets[caller] = (left, now)
            return Refusal(Reason.RATE_EXCEEDED, f"more than {self._rate:g} calls a second; slow down")
        self._buckets[caller] = (left - 1, now)
        return None
