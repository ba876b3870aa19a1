"""``registry.v1.ProposalService``: changes that await a second person."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from yici.registry.v1 import proposal_pb2 as pb

from exchange.acts.admin_act import AdminAct
from exchange.acts.refusals import Refusal
from exchange.acts.road import Road
from exchange.admin.desk import Changed, Desk
from exchange.admin.plans import Kind
from exchange.admin.proposals import Proposals
from exchange.services.admin.filters import filter_of
from exchange.services.admin.servicer import AdminServicer, differences, item_message
from exchange.services.calls import Context, Received
from exchange.services.paging import Page
from exchange.services.servicer import does
from exchange.services.wire.shapes import data_of
from exchange.settings import Limits
from registry.errors import RuleError
from registry.items import Stored
from registry.proposals import ProposalChange

_FIELDS = {"state": "state = {}", "item": "item = {}", "kind": "kind = {}"}


class ProposalServicer(AdminServicer):
    """Converts calls into acts on proposals."""

    service = pb.DESCRIPTOR.services_by_name["ProposalService"]

    def __init__(self, road: Road, limits: Limits, desk: Desk, kinds: Mapping[str, Kind]) -> None:
        super().__init__(road, limits, desk)
        self._proposals = Proposals(desk, kinds)

    @does("proposal.create")
    async def create_proposal(self, received: Received, context: Context) -> pb.CreateProposalResponse:
        """Draft a proposal."""
        call, message = self.call(received, context), received.message
        act, kind = AdminAct("proposal", "create", message.reason), message.proposal.WhichOneof("content") or ""
        work: Awaitable[Changed | Refusal]
        try:
            content = data_of(getattr(message.proposal, kind)) if kind else {}
            work = self._proposals.create(call, act, kind, content, dry=message.validate_only)
        except RuleError as error:
            work = self.refuse(call, act, error)
        return pb.CreateProposalResponse(**_changed(await self.result_of(context, work)))

    @does("proposal.read")
    async def get_proposal(self, received: Received, context: Context) -> pb.GetProposalResponse:
        """Return a proposal."""
        act = AdminAct("proposal", "read", item=received.message.id)
        stored = await self.result_of(context, self._proposals.get(self.call(received, context), act))
        return pb.GetProposalResponse(proposal=_proposal(stored))

    @does("proposal.list")
    async def list_proposals(self, received: Received, context: Context) -> pb.ListProposalsResponse:
        """Return a page of proposals."""
        act, call, message = AdminAct("proposal", "list"), self.call(received, context), received.message
        work: Awaitable[Sequence[Stored] | Refusal]
        try:
            page, wanted = Page.of(message), filter_of(message.filter, _FIELDS)
            work = self._proposals.list(call, act, *wanted, page.after, page.limit)
        except RuleError as error:
            work = self.refuse(call, act, error)
        stored = await self.result_of(context, work)  # which ends the call of a malformed request
        found, token = page.cut(stored, lambda item: item.id)
        return pb.ListProposalsResponse(proposals=map(_proposal, found), next_page_token=token)

    @does("proposal.submit")
    async def submit_proposal(self, received: Received, context: Context) -> pb.SubmitProposalResponse:
        """Submit a draft."""
        return pb.SubmitProposalResponse(**await self._changed(received, context, ProposalChange.SUBMIT))

    @does("proposal.return")
    async def return_proposal(self, received: Received, context: Context) -> pb.ReturnProposalResponse:
        """Return a proposal to who proposed it."""
        return pb.ReturnProposalResponse(**await self._changed(received, context, ProposalChange.RETURN))

    @does("proposal.approve")
    async def approve_proposal(self, received: Received, context: Context) -> pb.ApproveProposalResponse:
        """Approve a proposal."""
        return pb.ApproveProposalResponse(**await self._changed(received, context, ProposalChange.APPROVE))

    @does("proposal.refuse")
    async def refuse_proposal(self, received: Received, context: Context) -> pb.RefuseProposalResponse:
        """Refuse a proposal."""
        return pb.RefuseProposalResponse(**await self._changed(received, context, ProposalChange.REFUSE))

    @does("proposal.withdraw")
    async def withdraw_proposal(self, received: Received, context: Context) -> pb.WithdrawProposalResponse:
        """Withdraw a proposal."""
        return pb.WithdrawProposalResponse(**await self._changed(received, context, ProposalChange.WITHDRAW))

    async def _changed(self, received: Received, context: Context, change: ProposalChange) -> dict[str, Any]:
        message = received.message
        act = AdminAct("proposal", change.value, message.reason, item=message.id)
        work = self._proposals.change(
            self.call(received, context), act, change, message.etag, dry=message.validate_only
        )
        return _changed(await self.result_of(context, work))


def _changed(changed: Changed) -> dict[str, Any]:
    return {"proposal": _proposal(changed.item), "differences": differences(changed.differences)}


def _proposal(stored: Stored) -> pb.Proposal:
    return item_message(stored, pb.Proposal, **{stored.columns["kind"]: stored.body["content"]})
