"""Cedar as decisions use it: what is parsed, or checked against the schema, is so once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import cedarpy
import orjson

from exchange.acts.policies import schema

_MAX_TEXTS, _MAX_SETS = 100, 2_000
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


@lru_cache(_MAX_TEXTS)
def faults_of(text: str) -> tuple[str, ...]:
    """Return why policies are not valid; empty if they are."""
    return tuple(map(str, cedarpy.validate_policies(text, schema()).errors))


@lru_cache(_MAX_SETS)
def concerning(text: str, principal: str, action: str, resource: str) -> cedarpy.PolicySet:
    """Return those of valid policies that can concern an action, and types of principals and resources."""
    policies = _by_id(text)
    found = {
        name: policy
        for name, policy in policies["staticPolicies"].items()
        if _is_of(policy["principal"], principal) and _is_of(policy["resource"], resource)
        and _has(policy["action"], action)
    }  # fmt: skip
    return cedarpy.PolicySet.from_json_str(orjson.dumps({**policies, "staticPolicies": found}).decode())


@lru_cache(_MAX_TEXTS)
def _by_id(text: str) -> dict[str, Any]:
    return orjson.loads(cedarpy.policies_to_json_str(text))  # type: ignore[no-any-return]  # as Cedar writes it


def _is_of(scope: Mapping[str, Any], kind: str) -> bool:
    """Return whether a scope can have entities of a type."""
    return scope["op"] != "is" or bool(scope["entity_type"] == kind)


def _has(scope: Mapping[str, Any], action: str) -> bool:
    """Return whether a scope has an action, itself or by its group."""
    if scope["op"] not in ("==", "in"):
        return True
    entities = scope["entities"] if "entities" in scope else [scope["entity"]]
    return any(action == entity["id"] or is_in(action, entity["id"]) for entity in entities)


@cache
def is_in(action: str, group: str) -> bool:
    """Return whether the schema has an action in a group."""
    policy = f'permit (principal, action in Action::"{group}", resource);'
    request = {"principal": 'Node::""', "action": {"type": "Action", "id": action}, "resource": 'Register::""'}
    return cedarpy.is_authorized(request, policy, Entities.of(b"[]").handle).allowed


def evaluated(
    policies: str,
    entities: Entities,
    request: Mapping[str, Mapping[str, str]],
    contexts: Sequence[Mapping[str, Any]],
) -> list[cedarpy.AuthzResult]:
    """Evaluate a request (principal, action and resource) by valid policies, in each context.

    A request is checked against the schema when its form is new: its types, and the names in its contexts.
    """
    types = request["principal"]["type"], request["action"]["id"], request["resource"]["type"]
    form = (*types, *{name: None for context in contexts for name in context})
    results = cedarpy.is_authorized_batch(
        [{**request, "context": orjson.dumps(context).decode()} for context in contexts],
        concerning(policies, *types),
        entities.handle,
        None if form in _checked else schema(),
    )
    if not any(result.diagnostics.errors for result in results):
        _checked.add(form)
    return results
