"""The target of an act: one thing that was loaded from a register, as policies see it."""

from collections.abc import Mapping
from typing import Any, Protocol

from exchange.acts.authorization import Resource
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState


class Target(Protocol):
    """A license, a seal, a document, a code: what an act on a register is about; immutable."""

    def resource(self) -> Resource:
        """It, with its attributes."""

    @property
    def context(self) -> Mapping[str, Any]:
        """What policies need to know besides the basis."""

    @property
    def shape(self) -> tuple[str, ...]:
        """Equal for targets about which all policies decide alike; empty if a decision must not be kept."""

    def why_not(self, state: NodeState, requester: Requester, action: str, forbidding: frozenset[str]) -> Refusal:
        """A denial in words; see ``Act``."""
