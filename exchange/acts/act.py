"""The ``Act`` protocol: what a call asks the node to do."""

from collections.abc import Mapping
from typing import Any, Protocol, Self

from exchange.acts.authorization import Resource
from exchange.acts.on_record import OnRecord
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Principal
from exchange.acts.state import NodeState
from registry.ledger.leaf import Entry, Pseudonyms


class Act(Protocol):
    """A query or change, with its basis and its object; immutable."""

    @property
    def action(self) -> str:
        """The Cedar action."""

    @property
    def ends_with_caller(self) -> bool:
        """Whether it is cancelled when its caller leaves; if not, it runs to its end once begun."""

    def understood(self, state: NodeState) -> Self | Refusal:
        """Return the act in canonical form, or the refusal of its form or of an unknown basis."""

    def resource(self, state: NodeState) -> Resource:
        """Return its object as a Cedar resource."""

    def context(self, state: NodeState) -> Mapping[str, Any]:
        """Return the other inputs of policies."""

    @property
    def shape(self) -> tuple[str, ...]:
        """The key under which decisions are cached; equal for equal resources and contexts, empty for none."""

    def why_not(self, state: NodeState, principal: Principal, forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of a denied act, which names the first missing condition.

        ``forbidding`` are the policies that forbid it; empty if no policy permits it.
        """

    def refusal_of(self, error: Exception) -> Refusal:
        """Return the refusal of an act that failed."""

    def refusal_entry(
        self, principal: Principal | Refusal, refusal: Refusal, on_record: OnRecord, pseudonyms: Pseudonyms
    ) -> Entry:
        """Return the ledger entry of a refusal, which names only what is ``on_record``."""
