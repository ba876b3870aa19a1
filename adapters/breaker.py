"""A circuit breaker: after several failures in a row a source is left alone for a while, then tried once."""

import time
from collections.abc import Callable

from adapters.errors import UnavailableError


class Breaker:
    """Closed while calls succeed; open for ``rest_seconds`` after ``limit`` failures; then one call may try."""

    def __init__(self, limit: int = 5, rest_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._rest = rest_seconds
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    def check(self) -> None:
        """Before a call.

        Raises:
            UnavailableError: the circuit is open.
        """
        if self._failures >= self._limit:
            now = self._clock()
            if now < self._open_until:
                raise UnavailableError("the source failed repeatedly and is being left alone for a moment")
            self._open_until = now + self._rest  # this call tries; others wait for its outcome

    def succeeded(self) -> None:
        """After a call that reached the source."""
        self._failures = 0

    def failed(self) -> None:
        """After a call that did not."""
        self._failures += 1
        if self._failures >= self._limit:
            self._open_until = self._clock() + self._rest
