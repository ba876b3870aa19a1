"""The wiring of the gRPC services of administration."""

from exchange.acts.road import Road
from exchange.admin.desk import Desk
from exchange.admin.kinds import KINDS
from exchange.admin.stepping import Deadlines
from exchange.services.admin.agencies import AgencyServicer
from exchange.services.admin.applications import ApplicationServicer
from exchange.services.admin.people import PersonServicer
from exchange.services.admin.proposals import ProposalServicer
from exchange.services.servicer import ActServicer
from exchange.settings import Limits


def admin_servicers(road: Road, limits: Limits, desk: Desk) -> list[ActServicer]:
    """Return the services of administration."""
    return [
        AgencyServicer(road, limits, desk),
        ApplicationServicer(road, limits, desk, Deadlines()),
        PersonServicer(road, limits, desk),
        ProposalServicer(road, limits, desk, KINDS),
    ]
