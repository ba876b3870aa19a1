"""The node's state: a reading of the registers and what is derived from it, or doubt."""

from dataclasses import dataclass
from typing import Final

from exchange.acts.authorization import Authorizer
from exchange.acts.refusals import Reason, Refusal
from exchange.pki.agency_seals import AgencySeals
from registry.register import Register


@dataclass(frozen=True, slots=True)
class NodeState:
    """A reading of the registers; changes of the registers replace it as a whole."""

    register: Register
    authorizer: Authorizer
    seals: AgencySeals


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The registers may have changed since the last reading, so no act is permitted."""

    refusal: Refusal


IN_DOUBT: Final = InDoubt(
    Refusal(Reason.REGISTER_IN_DOUBT, "the register is in doubt; nothing is answered until it is read")
)
