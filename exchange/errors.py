"""What a node refused or failed to do, as its callers see it."""

# CANCELLED comes from a node that stops before it takes a call up; our own cancellation is no answer of a node's.
_PASSING = ("UNAVAILABLE", "CANCELLED")


class ExchangeError(Exception):
    """The node refused or failed; ``reason`` is the stable name, ``field`` what to mend, ``status`` the gRPC status."""

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
        """Whether the same call may succeed a moment later; what is too large, or used up for today, will not."""
        if self.status == "RESOURCE_EXHAUSTED":
            return self.reason in ("RATE_EXCEEDED", "OVERLOADED")
        return self.status in _PASSING
