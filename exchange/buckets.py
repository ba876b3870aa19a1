"""Token buckets: steady rate limits for many names in bounded memory."""

import time
from collections import OrderedDict

_MOST_KEPT = 10_000


class Buckets:
    """One bucket a name, with up to ``most`` tokens, filled at ``rate`` tokens a second.

    Beyond ``kept`` names, the one that was used least recently is dropped, which is the same as full.
    """

    def __init__(self, rate: float, most: float, kept: int = _MOST_KEPT) -> None:
        self._rate = rate
        self._most = most
        self._kept = kept
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return the number of kept names."""
        return len(self._left)

    def take(self, name: str, tokens: float = 1.0) -> bool:
        """Take tokens if there are enough; return whether there were."""
        now = time.monotonic()
        left, at = self._left.get(name, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        enough = left >= tokens
        self._left[name] = (left - tokens if enough else left, now)
        self._left.move_to_end(name)
        if len(self._left) > self._kept:
            self._left.popitem(last=False)
        return enough
