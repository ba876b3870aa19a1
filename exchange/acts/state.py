"""The node's state: one reading of the register and what follows from it, or doubt."""

from dataclasses import dataclass
from typing import Final

from exchange.acts.authorization import Authorizer
from exchange.acts.refusals import Reason, Refusal
from exchange.pki.agency_seals import AgencySeals
from registry.register import Register


@dataclass(frozen=True, slots=True)
class NodeState:
    """One reading of the register; a change of the register replaces the state as a whole."""

    register: Register
    authorizer: Authorizer
    seals: AgencySeals


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The register is not known to be current; no act is permitted by what was read before."""

    refusal: Refusal


IN_DOUBT: Final = InDoubt(
    Refusal(Reason.REGISTER_IN_DOUBT, "the register is in doubt; nothing is answered until it is read")
)
