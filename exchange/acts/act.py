"""An act: what is asked for or done, as the one road needs to know it."""

from collections.abc import Mapping
from typing import Any, Protocol, Self

from exchange.acts.authorization import Resource
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState
from registry.ledger.leaf import Entry, Pseudonyms
from registry.register import Register


class Act(Protocol):
    """What is asked for or done, why, and about what; immutable."""

    @property
    def action(self) -> str:
        """The Cedar action."""

    def understood(self, state: NodeState) -> Self | Refusal:
        """The act in canonical form; a refusal of its form, or of a basis that is not on record."""

    def resource(self, state: NodeState) -> Resource:
        """What it is about, as policies see it."""

    def context(self, state: NodeState) -> Mapping[str, Any]:
        """What policies need to know besides."""

    @property
    def shape(self) -> tuple[str, ...]:
        """Equal for equal resources and contexts of one action; empty if a decision must not be kept."""

    def why_not(self, state: NodeState, requester: Requester, forbidding: frozenset[str]) -> Refusal:
        """A denial in words: the first thing that is missing, in the order in which a person would mend them.

        ``forbidding`` are the policies that forbid it; none where only nothing permits it.
        """

    def refusal_of(self, error: Exception) -> Refusal:
        """The refusal of an act that failed."""

    def refused(
        self, requester: Requester | Refusal, refusal: Refusal, register: Register, pseudonyms: Pseudonyms
    ) -> Entry:
        """The entry of a refusal; names only what is on record."""
