"""The wiring of the node's state: the authorizer and the seals for a reading of the registers."""

from exchange.acts.authorization import Authorizer
from exchange.acts.state import NodeState
from exchange.pki.agency_seals import AgencySeals
from exchange.pki.key_vault import KeyVault, issuing_der
from exchange.query.access import permitting_grants
from exchange.sealing.access import permitting_rules
from registry.register import Register

FINDERS = {"Dataset": permitting_grants, "Seal": permitting_rules}
"""What finds the rows that can permit acts on resources of a type."""


def state_of(register: Register, vault: KeyVault) -> NodeState:
    """Return the node's state for a reading of the registers."""
    seals = AgencySeals(register, vault.store, issuing_der(vault))
    return NodeState(register, Authorizer(register, FINDERS), seals)
