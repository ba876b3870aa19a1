"""Decisions about applications, and the grants made of them in the same transaction."""

from dataclasses import replace
from datetime import UTC, datetime

import asyncpg

from exchange.acts.admin_act import AdminAct, ClockStep
from exchange.acts.permit import Permit, authorize
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Node, Principal
from exchange.admin.stepping import changed, target_of
from registry.applications import records
from registry.applications.application import Approval, Body, check_approval, is_complete
from registry.applications.deciding import grant_of, replaced_by
from registry.applications.records import REGISTER, Application
from registry.applications.states import ApplicationChange
from registry.errors import RuleError
from registry.grants_on_record import active_grants, end_grant, put_grant
from registry.items import new_id
from registry.ledger.leaf import Entry
from registry.register import Register

_UNCONDITIONAL = "无条件共享且依据齐备，提交即授权"


def approved_body(register: Register, application: Application, body: Body, approval: Approval | None) -> Body:
    """Return the body of an application that is approved, without ``approval`` as a whole.

    Raises:
        RuleError: more is approved than is applied for, or than the catalogue has.
    """
    given = approval or Approval.whole(body.wish)
    dataset = register.datasets.get(application.dataset)
    if dataset is None:
        raise RuleError("dataset", "no such dataset")
    check_approval(given, body.wish, dataset)
    return replace(body, approval=given, grant=new_id("gr"))


async def make_grant(
    principal: Principal, policy: str, connection: asyncpg.Connection, application: Application, why: str
) -> list[Entry]:
    """Insert the grant of an approved application, end those that it replaces, and return their entries.

    Raises:
        RuleError: it overlaps a grant that it does not replace.
    """
    body = application.body
    if body.approval is None:
        raise RuleError("application", "is not approved")
    grant = grant_of(body.grant, application.agency, application.dataset, application.matter, body.wish, body.approval)
    others = await active_grants(connection, grant.agency, grant.dataset)
    entries = []
    for other in replaced_by(grant, others, body.wish.replaces):
        row = await end_grant(connection, other.id)
        act = AdminAct("grant", "revoke", f"由授权 {grant.id} 替代", other.id, grant.dataset)
        entries.append(act.permit_entry(principal, "REVOKED", row, source=application.source, policy=policy))
    act = AdminAct("grant", "create", why, grant.id, grant.dataset, application.matter)
    row = await put_grant(connection, grant)
    told = (application.agency,)
    return [*entries, act.permit_entry(principal, "CREATED", row, source=application.source, told=told, policy=policy)]


async def grant_if_complete(
    permit: Permit[AdminAct], connection: asyncpg.Connection, application: Application
) -> tuple[Application, list[Entry]]:
    """Approve a submitted application by itself if its data is unconditional and its basis complete."""
    register = permit.state.register
    dataset, matter = register.datasets[application.dataset], register.matters[application.matter]
    if not is_complete(application.body.wish, dataset, matter):
        return application, []
    act = AdminAct(REGISTER, "grant", _UNCONDITIONAL, application.id, target=target_of(application, register))
    granted = authorize(permit.state, Node(), act)
    if isinstance(granted, Refusal):
        return application, []
    body = approved_body(register, application, application.body, None)
    now = datetime.now(UTC)
    approved = await records.change(connection, application, ApplicationChange.APPROVE, body, now)
    own = changed(approved, "APPROVED", ClockStep("stop"))
    about = replace(act, dataset=own.dataset, matter=own.matter)
    entry = about.permit_entry(
        Node(), own.result, own.row, source=own.source, clock=own.clock, told=own.told, policy=granted.digest
    )
    return approved, [entry, *await make_grant(Node(), granted.digest, connection, approved, _UNCONDITIONAL)]
