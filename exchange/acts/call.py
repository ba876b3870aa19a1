"""Calls, as the services and the command line pass them to acts."""

from dataclasses import dataclass, replace

from exchange.acts.refusals import Refusal
from exchange.acts.requester import Node, Operator


@dataclass(frozen=True, slots=True)
class Call:
    """The method's name, the caller's certificate (PEM, or empty), and the time limit in seconds.

    What is done on the node's host has no certificate: ``by`` is the operator of a command, or the node itself.
    An inner call is made on behalf of an act under way; it is not counted against the rate, nor in the metrics.
    ``bearer_of`` is the system that made the code with which someone without a certificate calls. ``person`` is the id
    of the person on record whom a session names, or why the session is refused.
    """

    method: str
    certificate: bytes
    seconds: float
    inner: bool = False
    bearer_of: str = ""
    by: Operator | Node | None = None
    person: str | Refusal = ""

    def within(self, seconds: float | None = None) -> "Call":
        """Return an inner call of the same caller, with its own time limit."""
        return replace(self, seconds=self.seconds if seconds is None else seconds, inner=True)
