"""How many calls a second each system may make."""

import time

from exchange.refusal import Reason, Refusal


class RateLimit:
    """Calls a second of each system in this worker, whatever they ask for: a bucket that fills steadily.

    It holds one second's worth, or one call where that is less. Systems are told apart by their certificates, so what
    cannot be read counts, too.
    """

    def __init__(self, per_second: float) -> None:
        self._rate = per_second
        self._most = max(per_second, 1.0)
        self._buckets: dict[bytes, tuple[float, float]] = {}

    def take(self, certificate: bytes) -> Refusal | None:
        """Take one call; the refusal, if there was none left."""
        now = time.monotonic()
        left, at = self._buckets.get(certificate, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        if left < 1:
            self._buckets[certificate] = (left, now)
            return Refusal(Reason.RATE_EXCEEDED, f"more than {self._rate:g} calls a second; slow down")
        self._buckets[certificate] = (left - 1, now)
        return None
