"""The wiring of the node's state: the authorizer and the seals for a reading of the registers."""

from exchange.acts.authorization import Authorizer
from exchange.acts.state import IN_DOUBT, InDoubt, NodeState
from exchange.pki.agency_seals import AgencySeals
from exchange.pki.key_vault import KeyVault, issuing_der
from exchange.query.access import GRANTS
from exchange.sealing.access import RULES
from registry.register import Register

FINDERS = {"Dataset": GRANTS, "Seal": RULES}
"""What finds the rows that can permit acts on resources of a type."""


_SEALING = frozenset({"seal", "certificate"})
"""The registers of which the seals that sign for agencies are made."""


def state_of(register: Register, vault: KeyVault, before: NodeState | InDoubt = IN_DOUBT) -> NodeState:
    """Return the node's state for a reading of the registers; it keeps what did not change."""
    if isinstance(before, InDoubt):
        seals = AgencySeals(register, vault.store, issuing_der(vault))
        return NodeState(register, Authorizer(register, FINDERS), seals)
    same = _SEALING.isdisjoint(register.changed)
    seals = before.seals if same else AgencySeals(register, vault.store, issuing_der(vault))
    return NodeState(register, before.authorizer.after(register), seals)
