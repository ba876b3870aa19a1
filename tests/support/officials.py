"""People on record, for registers made up by tests."""

from typing import Any

from exchange.acts.requester import Official, Proof, Requester
from registry.agencies import Agency, Duty
from registry.people import Person
from tests.support.permitting import GRANTED, ISSUER


def person(item: str = "p-1", agency: str = ISSUER, *duties: Duty, **more: Any) -> Person:
    """Return a person of an agency, by default with the duty to request."""
    return Person(item, agency, item, "王芳", duties or (Duty.REQUEST,), **more)


def official(
    item: str = "p-1", agency: str = ISSUER, *duties: Duty, channel: Requester | None = None, **more: Any
) -> Official:
    """Return a person who acts by certificate, or by a token that came through a system."""
    proof = Proof.TOKEN if channel else Proof.CERTIFICATE
    return Official(person(item, agency, *duties), Agency(agency, "局", "320500"), proof, channel, **more)


OTHER = GRANTED
"""Another agency than that of ``person``."""
