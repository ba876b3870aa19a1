"""Access to licenses and their types: attributes for policies, and reasons for denials."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from exchange.acts.authorization import Resource, agency_entity
from exchange.acts.permit import Permit
from exchange.acts.refusals import Reason, Refusal, disagrees
from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Principal, requester_of
from exchange.acts.state import NodeState
from exchange.licensing.lookup import CurrentState
from registry.licenses import codes
from registry.licenses.codes import Code
from registry.licenses.holders import codes_of
from registry.licenses.license import License
from registry.licenses.types import LicenseType

UNKNOWN = Refusal(Reason.LICENSE_UNKNOWN, "license: no such license")
UNKNOWN_CODE = Refusal(Reason.CODE_UNKNOWN, codes.UNKNOWN, "code")
_UNKNOWN_TYPE = Refusal(Reason.LICENSE_TYPE_UNKNOWN, "no such license type on record", "type")
_NOT_FOR = {
    "license.issue": "does not issue {}",
    "license.review": "does not issue {}",
    "license.supersede": "did not issue it; only its issuer supersedes a license",
    "license.activate": "did not issue it; only its issuer activates a license",
    "license.cancel": "did not issue it; only its issuer cancels a license",
    "license.print": "neither issued nor keeps it, and takes no PDF of it",
    "license.present": "neither issued nor keeps it, and presents it for no holder",
}
"""By act, the role that a refused agency lacks; for other acts, neither issuer nor supervisor."""
_BY_GRANT = {
    "license.link": "has no grant for all of {}, which a page shows",
    "license.download": "has no grant for all of {}, which a page shows",
    "license.compare": "has no grant for these fields of {}",
    "license.watch": "has no grant for the events of {}",
    "license.watch_holders": "has no right to watch {} by holder, which is for issuers, keepers and supervisors",
}


@dataclass(frozen=True, slots=True)
class _Target:
    """An object of a license type, with the ``fields`` that are disclosed, if any; see ``Target``."""

    kind: LicenseType
    fields: tuple[str, ...] | None

    @property
    def context(self) -> Mapping[str, Any]:
        """Return the fields."""
        return {} if self.fields is None else {"fields": list(self.fields)}

    @property
    def _shape(self) -> tuple[str, ...]:
        return ("",) if self.fields is None else self.fields

    def _attributes(self) -> dict[str, Any]:
        found = {"sharing": self.kind.sharing.value, "keeper": agency_entity(self.kind.source)}
        return found | {"supervisor": agency_entity(self.kind.supervisor)} if self.kind.supervisor else found

    def why_not(self, _state: NodeState, principal: Principal, action: str, forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of a withheld type, or of an act that neither a role nor a grant permits."""
        kind, agency = self.kind, requester_of(principal).agency.name
        if any(name.startswith("guardrail:withheld") for name in forbidding):
            return Refusal(Reason.DATASET_WITHHELD, f"{kind.dataset_id} is withheld", "type")
        if forbidding:
            return Refusal(Reason.POLICY_FORBIDS, "the policies in force do not permit this")
        if action in _BY_GRANT:
            return Refusal(Reason.NO_GRANT, f"{agency} {_BY_GRANT[action].format(kind.dataset_id)}", "type")
        detail = _NOT_FOR.get(action, "is neither issuer nor supervisor of it").format(kind.name)
        return Refusal(Reason.NOT_THE_ISSUER, f"{agency} {detail}", "type")


@dataclass(frozen=True, slots=True)
class TypeTarget(_Target):
    """A license type."""

    def resource(self) -> Resource:
        """Return the type with the agencies that it names."""
        issuers = [agency_entity(uscc) for uscc in self.kind.issuers]
        return Resource("LicenseType", self.kind.id, {**self._attributes(), "issuers": issuers}, self.kind.dataset_id)

    @property
    def shape(self) -> tuple[str, ...]:
        """The type and the fields, on which the decision depends."""
        return (self.kind.id, *self._shape)


@dataclass(frozen=True, slots=True)
class LicenseTarget(_Target):
    """A license, and the code of the ``holder`` who presents it, if one does."""

    found: License | CurrentState
    holder: str | None = None

    def resource(self) -> Resource:
        """Return the license with its issuer and state, and with its holders if one presents it."""
        own: dict[str, Any] = {
            "type": self.kind.id,
            "state": self.found.state.value,
            "issuer": agency_entity(self.found.issuer),
        }
        if self.holder is not None and isinstance(self.found, License):
            own["holders"] = [f"{one.kind}:{one.code}" for one in self.found.holders]
        return Resource("License", self.found.identifier, {**self._attributes(), **own}, self.kind.dataset_id)

    @property
    def context(self) -> Mapping[str, Any]:
        """Return the fields, and the holder as each kind that the code can be."""
        fields = {} if self.fields is None else {"fields": list(self.fields)}
        holder = {} if self.holder is None else {"holder": [f"{kind}:{code}" for kind, code in codes_of(self.holder)]}
        return fields | holder

    @property
    def shape(self) -> tuple[str, ...]:
        """Its attributes and fields, on which the decision depends, since no policy names a single license.

        Empty if a holder presents it: no decision about one is kept.
        """
        if self.holder is not None:
            return ()
        return (self.kind.id, self.found.issuer, self.found.state.value, *self._shape)

    def why_not(self, state: NodeState, principal: Principal, action: str, forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of a license of another holder, or that of any object of its type."""
        if "guardrail:other-holder" in forbidding:
            return Refusal(Reason.LICENSE_UNKNOWN, "license: no such license of this holder")
        return _Target.why_not(self, state, principal, action, forbidding)


@dataclass(frozen=True, slots=True)
class CodeTarget:
    """A code for one or more licenses; see ``Target``. Denials do not reveal why it is invalid."""

    code: Code

    def resource(self) -> Resource:
        """Return the code with its state."""
        return Resource("Code", "", {"use": self.code.use.value, "state": self.code.state.value})

    @property
    def context(self) -> Mapping[str, Any]:
        """Return an empty context."""
        return {}

    @property
    def shape(self) -> tuple[str, ...]:
        """Its attributes, on which the decision depends."""
        return self.code.use.value, self.code.state.value

    def why_not(self, _state: NodeState, _principal: Principal, _action: str, _forbidding: frozenset[str]) -> Refusal:
        """Return the refusal of an invalid code, or of another use."""
        return UNKNOWN_CODE


Shown = Callable[[LicenseType], Iterable[str]]
"""Returns the fields of a license type that an act discloses."""


def shown_whole(kind: LicenseType) -> Iterable[str]:
    """Return the fields on a license's page: all of them."""
    return "holder_name", *kind.by_name


def over_type(
    permit: Permit[RegisterAct], type_id: str, name: str = "", fields: Iterable[str] | None = None
) -> Permit[RegisterAct] | Refusal:
    """Return the permit of an act, or of another called ``name``, on a type; grants are for ``fields``."""
    kind = _kind(permit, type_id)
    if isinstance(kind, Refusal):
        return kind
    target = TypeTarget(kind, None if fields is None else tuple(sorted(fields)))
    return permit.over(replace(permit.act, name=name or permit.act.name, target=target))


def over_license(
    permit: Permit[RegisterAct],
    found: License | CurrentState,
    shown: Shown | None = None,
    name: str = "",
    holder: str | None = None,
) -> Permit[RegisterAct] | Refusal:
    """Return the permit of an act, or of another called ``name``, on a license, for the ``shown`` fields.

    ``holder`` is the code of the one who presents it.
    """
    kind = _kind(permit, found.type)
    if isinstance(kind, Refusal):
        return kind
    target = LicenseTarget(kind, tuple(sorted(shown(kind))) if shown else None, found, holder)
    return permit.over(replace(permit.act, name=name or permit.act.name, target=target))


def _kind(permit: Permit[RegisterAct], type_id: str) -> LicenseType | Refusal:
    register = permit.state.register
    if register.departed.has("license-type", type_id):
        return disagrees("the license type", "type")
    return register.license_types.get(type_id, _UNKNOWN_TYPE)


def over_code(permit: Permit[RegisterAct], code: Code) -> Permit[RegisterAct] | Refusal:
    """Return the permit of an act on a code."""
    return permit.over(replace(permit.act, target=CodeTarget(code)))
