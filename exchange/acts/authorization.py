"""Authorization by Cedar: deny by default, and forbid overrides permit.

Policies are the fixed ones (``policies/*.cedar``), and those generated from the registers for a resource, such as a
dataset's grants. Both are validated against the schema when a resource's slice is built; an invalid slice permits
nothing. An evaluation error is a denial. Decisions with a shape are cached until a generated policy begins or ends.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

import cedarpy
import structlog

from exchange.acts.policies import schema, standing
from exchange.acts.requester import Operator, Principal, Requester
from registry.agencies import State
from registry.register import Register

_MAX_KEPT = 50_000
_MAX_PARSED = 1_000
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Resource:
    """The object of an act, a Cedar entity; agencies in attributes are given by ``agency_entity``.

    ``within`` is the dataset to which it belongs, whose policies apply to it.
    """

    type: str
    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    within: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy from the registers: its id, its Cedar text, and the times between which it can permit."""

    id: str
    text: str
    valid_from: float
    valid_to: float


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on an act, the ids of the deciding policies, and the digest of all that apply."""

    allowed: bool
    policies: frozenset[str]
    digest: str
    valid: bool = True


@dataclass(frozen=True, slots=True)
class _Slice:
    text: str
    policies: cedarpy.PolicySet | None
    digest: str
    changes: tuple[float, ...]


Generator = Callable[[Register, str], Sequence[Policy]]
"""Returns the policies of a resource, given its id."""


class Authorizer:
    """Decides by one reading of the registers."""

    def __init__(self, register: Register, generators: Mapping[str, Generator]) -> None:
        """Create an authorizer; ``generators`` return the policies of resources by type."""
        self._register = register
        self._generators = generators
        self._schema = schema()
        self._slices: dict[tuple[str, str] | None, _Slice] = {}
        self._kept: dict[tuple[str, str, tuple[str, ...]], tuple[float, Decision]] = {}

    def kept(self, principal: Principal, action: str, shape: tuple[str, ...]) -> Decision | None:
        """Return the cached decision on an act of the same shape, or None."""
        found = self._kept.get((principal.id, action, shape))
        return found[1] if found is not None and time.time() < found[0] else None

    def decide(
        self,
        principal: Principal,
        action: str,
        resource: Resource,
        context: Mapping[str, Any],
        shape: tuple[str, ...] = (),
    ) -> Decision:
        """Return the decision on an act now; it is cached by ``shape``, unless that is empty."""
        now = time.time()
        found = self._slice(resource)
        decision = _decide(found, principal, action, resource, {**context, "now": int(now)}, self._schema)
        if shape:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[principal.id, action, shape] = (
                min((at for at in found.changes if at > now), default=float("inf")),
                decision,
            )
        return decision

    def text(self, resource: Resource) -> str:
        """Return the policies that apply to a resource, in Cedar's syntax."""
        return self._slice(resource).text

    def _slice(self, resource: Resource) -> _Slice:
        subject = ("Dataset", resource.within) if resource.within else (resource.type, resource.id)
        generate = self._generators.get(subject[0])
        key = subject if generate else None  # resources without generated policies share a slice
        if key not in self._slices:
            self._slices[key] = self._made(subject, generate(self._register, subject[1]) if generate else ())
        return self._slices[key]

    def _made(self, subject: tuple[str, str], generated: Sequence[Policy]) -> _Slice:
        text = "\n".join([standing(), *(policy.text for policy in generated)])
        policies, errors = _parsed(text)
        if errors:
            log.error("access.policies_invalid", type=subject[0], resource=subject[1], errors=errors)
        changes = tuple(at for policy in generated for at in (policy.valid_from, policy.valid_to))
        return _Slice(text, policies, sha256(text.encode()).hexdigest(), changes)


@lru_cache(_MAX_PARSED)
def _parsed(text: str) -> tuple[cedarpy.PolicySet | None, list[str]]:
    """Return policies, or why they are invalid; most are the same in the next reading of the registers."""
    valid = cedarpy.validate_policies(text, schema())
    return (cedarpy.PolicySet.from_str(text), []) if valid else (None, [str(error) for error in valid.errors])


def agency_entity(uscc: str) -> dict[str, Any]:
    """Return a reference to an agency, for an attribute of a resource."""
    return {"__entity": {"type": "Agency", "id": uscc}}


def _decide(
    found: _Slice,
    principal: Principal,
    action: str,
    resource: Resource,
    context: Mapping[str, Any],
    schema: cedarpy.Schema,
) -> Decision:
    if found.policies is None:
        return Decision(False, frozenset(), found.digest, valid=False)
    result = cedarpy.is_authorized(
        {
            "principal": _uid(principal),
            "action": {"type": "Action", "id": action},
            "resource": {"type": resource.type, "id": resource.id},
            "context": context,
        },
        found.policies,
        _entities(principal, resource),
        schema,
    )
    allowed = result.allowed and not result.diagnostics.errors
    return Decision(allowed, frozenset(result.diagnostics.id_annotations_by_reason.values()), found.digest)


def _uid(principal: Principal) -> dict[str, str]:
    if isinstance(principal, Requester):
        return {"type": "Bearer" if principal.bearer else "System", "id": principal.id}
    return {"type": type(principal).__name__, "id": principal.id}


def _entities(principal: Principal, resource: Resource) -> list[dict[str, Any]]:
    dataset = [{"type": "Dataset", "id": resource.within}] if resource.within else []
    return [
        *_entities_of(principal),
        {"uid": {"type": resource.type, "id": resource.id}, "attrs": dict(resource.attributes), "parents": dataset},
    ]


def _entities_of(principal: Principal) -> list[dict[str, Any]]:
    if not isinstance(principal, Requester):
        known = {"authenticated": principal.authenticated} if isinstance(principal, Operator) else {}
        return [{"uid": _uid(principal), "attrs": known, "parents": []}]
    system, agency = principal.system, principal.agency.uscc
    attributes = {"active": system.state is State.ACTIVE, "duty": system.duty.value}
    return [
        {
            "uid": {"type": "System", "id": system.id},
            "attrs": attributes,
            "parents": [{"type": "Agency", "id": agency}],
        },
        {
            "uid": {"type": "Bearer", "id": system.id},
            "attrs": attributes,
            "parents": [{"type": "System", "id": system.id}],
        },
    ]
