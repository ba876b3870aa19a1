"""Proposals, which change a register once a second person approves."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yici.registry.v1 import proposal_pb2 as pb

from exchange.client.admin.base import AdminConnection
from exchange.services.wire.shapes import from_message, to_message

_SERVICE = "ProposalService"


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal; ``state`` is ``draft``, ``proposed``, ``applied``, ``refused`` or ``withdrawn``.

    ``duties_change`` is its content, if it is of that kind. ``differences`` are told by the call that makes it.
    """

    id: str
    item: str
    owner: str
    agency: str
    proposed_by: str
    state: str
    etag: str
    create_time: datetime
    reason: str = ""
    approvers: tuple[str, ...] = ()
    duties_change: dict[str, Any] | None = None


class ProposalsClient(AdminConnection):
    """Calls about proposals; each change needs a reason, and with ``dry_run`` changes nothing."""

    async def propose_duties(
        self, person: str, duties: Sequence[str], why: str, *, dry_run: bool = False
    ) -> tuple[ProposalView, list[str]]:
        """Draft another set of duties for a person; return the draft, and what would become different."""
        content = to_message({"person": person, "duties": duties}, pb.DutiesChange)
        request = pb.CreateProposalRequest(
            proposal=pb.Proposal(duties_change=content), reason=why, validate_only=dry_run
        )
        response = await self._ask(_SERVICE, "CreateProposal", request, pb.CreateProposalResponse)
        return from_message(response.proposal, ProposalView), [item.text for item in response.differences]

    async def proposal(self, item: str) -> ProposalView:
        """Return a proposal."""
        response = await self._ask(_SERVICE, "GetProposal", pb.GetProposalRequest(id=item), pb.GetProposalResponse)
        return from_message(response.proposal, ProposalView)

    def proposals(self, filter: str = "") -> AsyncIterator[ProposalView]:  # noqa: A002  # the word of the field
        """Yield the proposals that the own agency made or approves; see the proto for the filter."""
        request = pb.ListProposalsRequest(filter=filter)
        return self._listed(_SERVICE, "ListProposals", request, pb.ListProposalsResponse, "proposals", ProposalView)

    async def submit(self, proposal: ProposalView, why: str, *, dry_run: bool = False) -> ProposalView:
        """Submit a draft for approval."""
        return await self._proposal_step("Submit", proposal, why, dry_run=dry_run)

    async def return_(self, proposal: ProposalView, why: str, *, dry_run: bool = False) -> ProposalView:
        """Return a proposal to who proposed it."""
        return await self._proposal_step("Return", proposal, why, dry_run=dry_run)

    async def approve(self, proposal: ProposalView, why: str, *, dry_run: bool = False) -> ProposalView:
        """Approve a proposal; the last approval applies it."""
        return await self._proposal_step("Approve", proposal, why, dry_run=dry_run)

    async def refuse(self, proposal: ProposalView, why: str, *, dry_run: bool = False) -> ProposalView:
        """Refuse a proposal."""
        return await self._proposal_step("Refuse", proposal, why, dry_run=dry_run)

    async def withdraw(self, proposal: ProposalView, why: str, *, dry_run: bool = False) -> ProposalView:
        """Withdraw one's own proposal."""
        return await self._proposal_step("Withdraw", proposal, why, dry_run=dry_run)

    async def _proposal_step(self, verb: str, proposal: ProposalView, why: str, *, dry_run: bool) -> ProposalView:
        request, response = getattr(pb, f"{verb}ProposalRequest"), getattr(pb, f"{verb}ProposalResponse")
        asked = request(id=proposal.id, etag=proposal.etag, reason=why, validate_only=dry_run)
        found = await self._ask(_SERVICE, f"{verb}Proposal", asked, response)
        return from_message(found.proposal, ProposalView)
