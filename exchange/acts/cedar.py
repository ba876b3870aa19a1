"""Cedar as decisions use it: what is parsed, or checked against the schema, is so once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import cedarpy
import orjson

from exchange.acts.policies import schema

_MAX_PARSED = 100
_MAX_ENTITIES = 2_000
_checked: set[tuple[str, ...]] = set()
"""The forms of requests that the schema has accepted."""


@dataclass(frozen=True, slots=True)
class Entities:
    """Parsed entities, made by ``of`` alone: only with the schema is an action known to be in its groups."""

    handle: cedarpy.Entities

    @classmethod
    def of(cls, text: bytes) -> "Entities":
        """Parse a JSON list of entities, and check it against the schema."""
        return cls(cedarpy.Entities.from_json_str(text.decode(), schema()))


@lru_cache(_MAX_ENTITIES)
def kept_entities(text: bytes) -> Entities:
    """Return parsed entities, which are kept: most decisions are on the same ones."""
    return Entities.of(text)


@lru_cache(_MAX_PARSED)
def parsed(text: str) -> tuple[cedarpy.PolicySet | None, tuple[str, ...]]:
    """Return policies, or why they are not valid."""
    valid = cedarpy.validate_policies(text, schema())
    return (cedarpy.PolicySet.from_str(text), ()) if valid else (None, tuple(map(str, valid.errors)))


@cache
def is_in(action: str, group: str) -> bool:
    """Return whether the schema has an action in a group."""
    policy = f'permit (principal, action in Action::"{group}", resource);'
    request = {"principal": 'Node::""', "action": {"type": "Action", "id": action}, "resource": 'Register::""'}
    return cedarpy.is_authorized(request, policy, Entities.of(b"[]").handle).allowed


def evaluated(
    policies: cedarpy.PolicySet,
    entities: Entities,
    request: Mapping[str, Mapping[str, str]],
    contexts: Sequence[Mapping[str, Any]],
) -> list[cedarpy.AuthzResult]:
    """Evaluate a request (principal, action and resource) in each context.

    A request is checked against the schema when its form is new: its types, and the names in its contexts.
    """
    form = (
        request["principal"]["type"], request["action"]["id"], request["resource"]["type"],
        *{name: None for context in contexts for name in context},
    )  # fmt: skip
    results = cedarpy.is_authorized_batch(
        [{**request, "context": orjson.dumps(context).decode()} for context in contexts],
        policies,
        entities.handle,
        None if form in _checked else schema(),
    )
    if not any(result.diagnostics.errors for result in results):
        _checked.add(form)
    return results
