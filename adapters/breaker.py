"""A circuit breaker: after repeated failures, calls to a source fail at once until a pause is over."""

import time
from collections.abc import Callable

from adapters.errors import UnavailableError


class Breaker:
    """Opens for ``rest_seconds`` after ``limit`` failures in a row, then lets one call through as a test."""

    def __init__(self, limit: int = 5, rest_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._rest = rest_seconds
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    def check(self) -> None:
        """Check, before a call, that the circuit lets it through.

        Raises:
            UnavailableError: the circuit is open.
        """
        if self._failures >= self._limit:
            now = self._clock()
            if now < self._open_until:
                raise UnavailableError("the source failed repeatedly and is being left alone for a moment")
            self._open_until = now + self._rest  # half-open: this call tries, others wait for its outcome

    def succeeded(self) -> None:
        """Record that a call reached the source."""
        self._failures = 0

    def failed(self) -> None:
        """Record that a call did not reach the source."""
        self._failures += 1
        if self._failures >= self._limit:
            self._open_until = self._clock() + self._rest
