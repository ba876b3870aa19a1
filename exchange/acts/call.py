"""A call, as a face hands it to the one road."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its method's name, the caller's certificate (PEM, empty for none) and the seconds it may take.

    An inner call is made on behalf of an act under way; it is not counted against the rate, nor in the metrics.
    ``bearer_of`` is the system that made the code with which someone without a certificate calls.
    """

    method: str
    certificate: bytes
    seconds: float
    inner: bool = False
    bearer_of: str = ""

    def within(self, seconds: float | None = None) -> "Call":
        """An inner call of the same caller, within a time of its own."""
        return replace(self, seconds=self.seconds if seconds is None else seconds, inner=True)
