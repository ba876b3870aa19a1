"""How many calls a second each system may make."""

from collections.abc import Callable

from exchange.acts.refusals import Reason, Refusal
from exchange.buckets import Buckets


class RateLimit:
    """Calls a second of each system in this worker, whatever they ask for: a bucket that fills steadily.

    It holds one second's worth, or one call where that is less. ``caller`` says whose certificate a call came with, so
    what cannot be read counts, too.
    """

    def __init__(self, per_second: float, caller: Callable[[bytes], str]) -> None:
        self.caller = caller
        self._rate = per_second
        self._buckets = Buckets(per_second, max(per_second, 1.0))

    def take(self, certificate: bytes) -> Refusal | None:
        """Take one call; the refusal, if there was none left."""
        if self._buckets.take(self.caller(certificate)):
            return None
        return Refusal(Reason.RATE_EXCEEDED, f"more than {self._rate:g} calls a second; slow down")
