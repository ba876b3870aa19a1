"""Token buckets: how much each of many may take, steadily, in bounded memory."""

import time
from collections import OrderedDict

_MOST_KEPT = 10_000


class Buckets:
    """One bucket a name: it holds ``most`` tokens and fills with ``rate`` of them a second.

    Beyond ``kept`` names the one that took least recently is forgotten, which is to say full.
    """

    def __init__(self, rate: float, most: float, kept: int = _MOST_KEPT) -> None:
        self._rate = rate
        self._most = most
        self._kept = kept
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many names are kept."""
        return len(self._left)

    def take(self, name: str, tokens: float = 1.0) -> bool:
        """Take tokens, if so many are there."""
        now = time.monotonic()
        left, at = self._left.get(name, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        enough = left >= tokens
        self._left[name] = (left - tokens if enough else left, now)
        self._left.move_to_end(name)
        if len(self._left) > self._kept:
            self._left.popitem(last=False)
        return enough
