"""Authorization by Cedar: deny by default, and forbid overrides permit.

Policies are the fixed ones (``policies/*.cedar``), validated against the schema. Grants, and rules of use of seals, are
data that two of them read as ``context.grant`` and ``context.rule``: the few of a resource and an agency are tried one
by one. Invalid policies permit nothing, and an evaluation error is a denial. Decisions with a shape are cached until
one of these rows begins or ends.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson
import structlog

from exchange.acts.cedar import Entities, evaluated, faults_of, is_in, kept_entities
from exchange.acts.policies import standing
from exchange.acts.principals import entities_of, entity_of, uid_of
from exchange.acts.requester import Principal, Requester
from registry.register import Register

_MAX_KEPT = 50_000
_MAX_ROWS = 10_000
_NOT_KEPT = ("License", "Item")
"""Resources that are mostly decided about once; of licenses, holders are not kept."""
_GRANTING = "granting"
"""The actions that a row of a register can permit."""
_ROWS = frozenset({"grant", "seal-rule", "seal"})
"""Registers of which only rows that can permit are in kept decisions."""
_Key = tuple[str, str, str]
"""The type of a resource that has rows, its id, and an agency."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Resource:
    """The object of an act, a Cedar entity; agencies in attributes are given by ``agency_entity``.

    ``within`` is the dataset to which it belongs, whose grants apply to it.
    """

    type: str
    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    within: str = ""


@dataclass(frozen=True, slots=True)
class Permitting:
    """A ``row`` of a register as a Cedar entity, which can permit between two times.

    ``kind`` is the id of the policy that reads it, and its name in the context; capitalized, its entity type.
    """

    kind: str
    id: str
    attributes: Mapping[str, Any]
    valid_from: int
    valid_to: int
    row: Any

    @property
    def uid(self) -> dict[str, str]:
        """Its Cedar id."""
        return {"type": self.kind.capitalize(), "id": self.id}

    @property
    def entity(self) -> dict[str, Any]:
        """The row as a Cedar entity."""
        return {"uid": self.uid, "attrs": self.attributes, "parents": []}


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the rows that can permit acts on a resource, by its id, to an agency."""

    rows: Callable[[Register, str, str], Sequence[Any]]
    permitting: Callable[[Any], Permitting]


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on an act, by which policies and rows, and the digest of all that apply."""

    allowed: bool
    policies: frozenset[str]
    digest: str
    rows: tuple[Any, ...] = ()
    valid: bool = True


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that apply to a resource and an agency, as JSON, and the digest of the policies and them."""

    rows: Sequence[Any]
    found: tuple[Permitting, ...]
    entities: tuple[bytes, ...]
    digest: str

    @classmethod
    def of(cls, policies: str, rows: Sequence[Any] = (), finder: Finder | None = None) -> "_Rows":
        found = tuple(finder.permitting(row) for row in rows) if finder else ()
        entities = tuple(orjson.dumps(row.entity, option=orjson.OPT_SORT_KEYS) for row in found)
        return cls(rows, found, entities, sha256(b"\n".join([policies.encode(), *entities])).hexdigest())

    def next_change(self, now: float) -> float:
        """Return when the first of them begins or ends after a time."""
        changes = (at for row in self.found for at in (row.valid_from, row.valid_to) if at > now)
        return min(changes, default=float("inf"))


class Authorizer:
    """Decides by one reading of the registers."""

    def __init__(self, register: Register, finders: Mapping[str, Finder]) -> None:
        """Create an authorizer; ``finders`` return the rows that can permit acts on a type of resources."""
        self._register = register
        self._finders = finders
        self._text = standing()
        faults = faults_of(self._text)
        self._valid = not faults
        if faults:
            log.error("access.policies_invalid", errors=faults)
        self._none = _Rows.of(self._text)
        self._rows: dict[_Key, _Rows] = {}
        self._kept: dict[tuple[str, str, tuple[str, ...]], tuple[float, Decision, _Key | None]] = {}

    def after(self, register: Register) -> "Authorizer":
        """Return the authorizer of the next reading; it keeps the decisions that no change concerns."""
        found = Authorizer(register, self._finders)
        if register.changed <= _ROWS and found._text == self._text:
            for key, rows in self._rows.items():
                kind, *of = key
                if self._finders[kind].rows(register, *of) == rows.rows:
                    found._rows[key] = rows
            found._kept = {
                asked: kept for asked, kept in self._kept.items() if kept[2] is None or kept[2] in found._rows
            }
        return found

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
        key = self._key(principal, action, resource)
        rows = self._applying(key)
        if not self._valid:
            return Decision(False, frozenset(), rows.digest, valid=False)
        text = b"[%b]" % b",".join([*map(orjson.dumps, [*entities_of(principal), _entity(resource)]), *rows.entities])
        parse = kept_entities if shape or resource.type not in _NOT_KEPT else Entities.of
        decision = _decide(self._text, parse(text), rows, principal, action, resource, {**context, "now": int(now)})
        if shape:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[principal.id, action, shape] = rows.next_change(now), decision, key
        return decision

    def text(self, principal: Principal, action: str, resource: Resource) -> str:
        """Return what a digest is of: the policies, and the rows that apply, each on a line as JSON."""
        rows = self._applying(self._key(principal, action, resource))
        return "\n".join([self._text, *(entity.decode() for entity in rows.entities)])

    def _key(self, principal: Principal, action: str, resource: Resource) -> _Key | None:
        """By what the rows are found that can permit an act; None if there are none for any."""
        kind, item = ("Dataset", resource.within) if resource.within else (resource.type, resource.id)
        if kind not in self._finders or not isinstance(principal, Requester) or not is_in(action, _GRANTING):
            return None
        return kind, item, principal.agency.uscc

    def _applying(self, key: _Key | None) -> _Rows:
        if key is None:
            return self._none
        rows = self._rows.get(key)
        if rows is None:
            if len(self._rows) >= _MAX_ROWS:
                self._rows.clear()
            kind, *of = key
            finder = self._finders[kind]
            self._rows[key] = rows = _Rows.of(self._text, finder.rows(self._register, *of), finder)
        return rows


def agency_entity(uscc: str) -> dict[str, Any]:
    """Return a reference to an agency, for an attribute of an entity."""
    return entity_of("Agency", uscc)


def _decide(
    policies: str,
    entities: Entities,
    rows: _Rows,
    principal: Principal,
    action: str,
    resource: Resource,
    context: Mapping[str, Any],
) -> Decision:
    """Return the decision: that on one of the rows at least, or that without any if there are none."""
    request = {
        "principal": uid_of(principal),
        "action": {"type": "Action", "id": action},
        "resource": {"type": resource.type, "id": resource.id},
    }
    contexts: list[Mapping[str, Any]] = [{**context, row.kind: {"__entity": row.uid}} for row in rows.found] or [
        context
    ]
    results = evaluated(policies, entities, request, contexts)
    allowed = any(result.allowed for result in results)
    names, permitting = set(), []
    for row, result in zip(rows.found or (None,), results, strict=True):
        if result.allowed is not allowed:
            continue
        for name in result.diagnostics.id_annotations_by_reason.values():
            read = row if row is not None and name == row.kind else None
            names.add(f"{name}:{read.id}" if read else name)
            permitting += [read.row] if read else []
    if any(result.diagnostics.errors for result in results):
        return Decision(False, frozenset(names), rows.digest)
    return Decision(allowed, frozenset(names), rows.digest, tuple(permitting))


def _entity(resource: Resource) -> dict[str, Any]:
    dataset = [{"type": "Dataset", "id": resource.within}] if resource.within else []
    return {
        "uid": {"type": resource.type, "id": resource.id},
        "attrs": dict(resource.attributes),
        "parents": dataset,
    }
