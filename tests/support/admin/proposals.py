"""Permitted calls of ``ProposalService``."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from exchange.client.admin import AdminClient, ProposalView
from exchange.demo.city import City

WHY = "岗位调整"
PROPOSER, APPROVER, AUDITOR = "p-0101", "p-0102", "p-0103"
TABLE = {"ProposalService": "proposal"}
WRONG = {"ProposalService": AUDITOR}
OTHERWISE = {"ProposalService.ApproveProposal": (2, "the proposal, and the person that it changes")}
KINDS = {"ProposalService.ApproveProposal": {"proposal.approve", "person.update"}}
CHANGES = {"proposal": 'UPDATE proposal SET body = body || \'{"reason": "x"}\' WHERE id = $1'}
EDITS = {"proposal": "UPDATE proposal SET approvers = '{p-0103}' WHERE state = 'applied'"}


async def draft(client: AdminClient) -> ProposalView:
    """Draft other duties for an official."""
    _, [told] = await client.propose_duties("p-0202", ["request"], WHY, dry_run=True)
    duties = ["approve"] if told.startswith("duties: request") else ["request"]
    return (await client.propose_duties("p-0202", duties, WHY))[0]


async def act(city: City) -> None:
    """Apply a proposal."""
    async with city.admin(PROPOSER) as proposer, city.admin(APPROVER) as approver:
        await approver.approve(await proposer.submit(await draft(proposer), WHY), WHY)


async def create_proposal(city: City) -> AsyncIterator[None]:
    async with city.admin(PROPOSER) as client:
        yield
        await client.propose_duties("p-0202", ["request"], WHY)


async def get_proposal(city: City) -> AsyncIterator[None]:
    async with city.admin(PROPOSER) as client:
        found = await draft(client)
        yield
        await client.proposal(found.id)


async def list_proposals(city: City) -> AsyncIterator[None]:
    async with city.admin(PROPOSER) as client:
        await draft(client)
        yield
        async with aclosing(client.proposals()) as found:  # type: ignore[type-var]
            await anext(found)


def _own(step: Callable[[AdminClient, ProposalView], Any]) -> Callable[[City], AsyncIterator[None]]:
    async def case(city: City) -> AsyncIterator[None]:
        async with city.admin(PROPOSER) as client:
            found = await draft(client)
            yield
            await step(client, found)

    return case


def _others(step: Callable[[AdminClient, ProposalView], Any]) -> Callable[[City], AsyncIterator[None]]:
    async def case(city: City) -> AsyncIterator[None]:
        async with city.admin(PROPOSER) as proposer, city.admin(APPROVER) as client:
            found = await proposer.submit(await draft(proposer), WHY)
            yield
            await step(client, found)

    return case


CASES = {
    "ProposalService.CreateProposal": create_proposal,
    "ProposalService.GetProposal": get_proposal,
    "ProposalService.ListProposals": list_proposals,
    "ProposalService.SubmitProposal": _own(lambda client, found: client.submit(found, WHY)),
    "ProposalService.WithdrawProposal": _own(lambda client, found: client.withdraw(found, WHY)),
    "ProposalService.ReturnProposal": _others(lambda client, found: client.return_(found, WHY)),
    "ProposalService.ApproveProposal": _others(lambda client, found: client.approve(found, WHY)),
    "ProposalService.RefuseProposal": _others(lambda client, found: client.refuse(found, WHY)),
}
