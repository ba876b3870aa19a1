"""The error of refused and failed calls, as callers of a node see it."""

# CANCELLED comes from a node that stops before it accepts a call; the client's own cancellation raises otherwise.
_PASSING = ("UNAVAILABLE", "CANCELLED")


class ExchangeError(Exception):
    """The node refused or failed; has the ``reason``, the ``field`` to correct, and the gRPC ``status``."""

    def __init__(
        self, status: str, reason: str, detail: str, field: str = "", retry_seconds: float | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.status = status
        self.reason = reason
        self.detail = detail
        self.field = field
        self.retry_seconds = retry_seconds

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed later; not if it is too large or a quota is used up."""
        if self.status == "RESOURCE_EXHAUSTED":
            return self.reason in ("RATE_EXCEEDED", "OVERLOADED")
        return self.status in _PASSING
