"""The wiring of the node's state: the authorizer and the seals for a reading of the registers."""

from exchange.acts.authorization import Authorizer
from exchange.acts.state import NodeState
from exchange.pki.agency_seals import AgencySeals
from exchange.pki.key_vault import KeyVault, issuing_der
from exchange.query.access import grant_policies
from exchange.sealing.access import rule_policies
from registry.register import Register

GENERATORS = {"Dataset": grant_policies, "Seal": rule_policies}
"""The generators of policies from the registers, by type of resource."""


def state_of(register: Register, vault: KeyVault) -> NodeState:
    """Return the node's state for a reading of the registers."""
    seals = AgencySeals(register, vault.store, issuing_der(vault))
    return NodeState(register, Authorizer(register, GENERATORS), seals)
