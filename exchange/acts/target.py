"""Targets of acts: items loaded from a register, as Cedar resources."""

from collections.abc import Mapping
from typing import Any, Protocol

from exchange.acts.authorization import Resource
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Principal
from exchange.acts.state import NodeState


class Target(Protocol):
    """A license, seal, document or code on which an act is performed; immutable."""

    def resource(self) -> Resource:
        """Return it as a Cedar resource with its attributes."""

    @property
    def context(self) -> Mapping[str, Any]:
        """Return the other inputs of policies, besides the basis."""

    @property
    def shape(self) -> tuple[str, ...]:
        """The key under which decisions are cached; equal if all policies decide alike, empty for none."""

    def why_not(self, state: NodeState, principal: Principal, action: str, forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of a denied act; see ``Act``."""
