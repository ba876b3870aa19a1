"""Permits of acts, for registers made up by tests."""

from collections.abc import Mapping
from typing import Any

from exchange.acts.authorization import Authorizer
from exchange.acts.perform import permitted
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState
from exchange.node.wiring.state import FINDERS
from exchange.pki.agency_seals import AgencySeals
from registry.agencies import Agency, Duty, System
from registry.basis import Basis
from registry.claims import Claim, Operator
from registry.matters import Matter, Requirement
from registry.register import Register

LAW = "依据"
BASIS = Basis("m", "c", LAW, "王")
ISSUER, KEEPER, SUPERVISOR = "11320500000014011T", "11320500000014012X", "113205000000140131"
GRANTED, STRANGER = "113205000000140144", "113205000000140157"


def matter(dataset: str = "d") -> Matter:
    """Return a matter that requires a dataset."""
    need = Requirement("r", "证", "Proof", LAW, "x", "y", dataset, claims=(Claim("number", Operator.EXISTS),))
    return Matter("m", "事项", "Matter", GRANTED, (need,))


def state_of(**registers: Mapping[str, Any]) -> NodeState:
    """Return the node's state with these registers and the matter."""
    register = Register(**{"matters": {"m": matter()}, **registers})  # type: ignore[arg-type]
    return NodeState(register, Authorizer(register, FINDERS), AgencySeals(register, {}, b""))  # type: ignore[arg-type]


def requester(agency: str, duty: Duty = Duty.REQUEST, *, bearer: bool = False) -> Requester:
    """Return a system of an agency, or the bearer of a code that it made."""
    return Requester(Agency(agency, "局", "320500"), System("desk", agency, "台", duty), bearer)


def permit(state: NodeState, agency: str, act: RegisterAct, duty: Duty = Duty.REQUEST) -> Permit[RegisterAct]:
    """Return the permit of an act on a whole register; downloads are by bearers."""
    found = permitted(state, requester(agency, duty, bearer=act.name == "download"), act)
    assert isinstance(found, Permit), found
    return found


def reason(found: Permit[RegisterAct] | Refusal) -> str:
    """Return why an act is refused; empty if it is not."""
    return found.reason.name if isinstance(found, Refusal) else ""
