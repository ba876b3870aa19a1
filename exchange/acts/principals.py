"""Who acts, as Cedar entities."""

from typing import Any

from exchange.acts.requester import Official, Operator, Principal, Requester
from registry.agencies import State
from registry.people import PersonState


def uid_of(principal: Principal) -> dict[str, str]:
    """Return a principal's Cedar id."""
    if isinstance(principal, Requester):
        return {"type": "Bearer" if principal.bearer else "System", "id": principal.id}
    return {"type": type(principal).__name__, "id": principal.id}


def entities_of(principal: Principal) -> list[dict[str, Any]]:
    """Return a principal as Cedar entities."""
    if not isinstance(principal, Requester):
        if isinstance(principal, Official):
            return _entities_of_official(principal)
        known = {"authenticated": principal.authenticated} if isinstance(principal, Operator) else {}
        return [{"uid": uid_of(principal), "attrs": known, "parents": []}]
    system, agency = principal.system, principal.agency.uscc
    attributes = {
        "active": system.state is State.ACTIVE, "duties": [system.duty.value], "agency": entity_of("Agency", agency)
    }  # fmt: skip
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


def _entities_of_official(official: Official) -> list[dict[str, Any]]:
    attributes: dict[str, Any] = {
        "active": official.person.state is PersonState.ACTIVE,
        "duties": sorted(official.duties),
        "proof": official.proof.value,
    }
    channel = []
    if official.channel is not None:
        attributes["channel"] = entity_of("System", official.channel.id)
        channel = entities_of(official.channel)[:1]
    agency = {"type": "Agency", "id": official.agency.uscc}
    return [{"uid": uid_of(official), "attrs": attributes, "parents": [agency]}, *channel]


def entity_of(kind: str, name: str) -> dict[str, Any]:
    """Return a reference to an entity, for an attribute of another."""
    return {"__entity": {"type": kind, "id": name}}
