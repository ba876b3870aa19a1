"""Calls, as the services and the command line pass them to acts."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Call:
    """The method's name, the caller's certificate (PEM, or empty), and the time limit in seconds.

    An inner call is made by an act in progress; it counts neither for rates nor in metrics. ``bearer_of`` is the system
    that made the code with which a caller without certificate calls.
    """

    method: str
    certificate: bytes
    seconds: float
    inner: bool = False
    bearer_of: str = ""

    def within(self, seconds: float | None = None) -> "Call":
        """Return an inner call of the same caller, with its own time limit."""
        return replace(self, seconds=self.seconds if seconds is None else seconds, inner=True)
