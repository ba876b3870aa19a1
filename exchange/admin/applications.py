"""Applications of agencies for data of others: each step of a person, from the draft to the decision."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import asyncpg

from exchange.acts.admin_act import AdminAct
from exchange.acts.call import Call
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.admin.deciding import approved_body, grant_if_complete, make_grant
from exchange.admin.desk import Changed, Desk
from exchange.admin.stepping import Deadlines, changed, due, loaded, official_of, stepped
from registry.applications import records
from registry.applications.application import Approval, Body, Wish, check_wish
from registry.applications.records import REGISTER, Application
from registry.applications.states import TRANSITIONS, ApplicationChange, ApplicationState
from registry.errors import RuleError
from registry.register import Register
from registry.transitions import IllegalTransitionError

RESULTS = {
    ApplicationChange.PROPOSE: "PROPOSED", ApplicationChange.RETURN: "RETURNED", ApplicationChange.SUBMIT: "SUBMITTED",
    ApplicationChange.ASK: "ASKED", ApplicationChange.SUPPLY: "SUPPLIED", ApplicationChange.APPROVE: "APPROVED",
    ApplicationChange.REFUSE: "REFUSED", ApplicationChange.APPEAL: "APPEALED", ApplicationChange.UPHOLD: "UPHELD",
    ApplicationChange.WITHDRAW: "WITHDRAWN",
}  # fmt: skip
_DECIDING = frozenset({
    ApplicationChange.PROPOSE, ApplicationChange.SUBMIT, ApplicationChange.APPROVE, ApplicationChange.REFUSE,
    ApplicationChange.UPHOLD,
})  # fmt: skip
"""Steps after which the same person takes no other that needs a second one."""

_CHECKED = frozenset({ApplicationChange.PROPOSE, ApplicationChange.SUBMIT})
"""Steps at which the catalogue, which may have changed, is looked at again."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a person on an application, as read with ``etag``, and why.

    ``name`` is the act's where it is not the change's. ``legal_basis`` is that of a refusal, ``wish`` what is applied
    for from now on where it is supplemented, ``approval`` what is approved where that is not all.
    """

    change: ApplicationChange
    item: str
    etag: str
    why: str
    name: str = ""
    legal_basis: str = ""
    wish: Wish | None = None
    approval: Approval | None = None


class Applications:
    """Performs the steps of applications."""

    def __init__(self, desk: Desk, deadlines: Deadlines) -> None:
        self._desk = desk
        self._deadlines = deadlines

    async def create(
        self, call: Call, dataset: str, matter: str, wish: Wish, why: str, *, dry: bool = False
    ) -> Changed | Refusal:
        """Draft an application of the own agency."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Changed | Refusal:
            official, register = official_of(permit), permit.state.register
            agency = official.agency.uscc
            check_wish(wish, register.datasets.get(dataset), register.matters.get(matter), agency)
            source = register.datasets[dataset].source
            return changed(
                await records.create(connection, agency, source, dataset, matter, official.id, wish), "DRAFTED"
            )

        act = AdminAct(REGISTER, "create", why, dataset=dataset, matter=matter)
        return await self._desk.change(call, act, work, dry=dry)

    async def update(
        self, call: Call, item: str, etag: str, wish: Wish, why: str, *, dry: bool = False
    ) -> Changed | Refusal:
        """Change what a draft applies for."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Changed | Refusal:
            application = await loaded(permit, connection, item, etag)
            if isinstance(application, Refusal):
                return application
            if application.state is not ApplicationState.DRAFT:
                raise IllegalTransitionError(f"application: update is not possible when it is {application.state}")
            _check(permit.state.register, application, wish)
            return changed(await records.edit(connection, application, replace(application.body, wish=wish)), "CHANGED")

        return await self._desk.change(call, AdminAct(REGISTER, "update", why, item), work, dry=dry)

    async def step(self, call: Call, step: Step, *, dry: bool = False) -> Changed | Refusal:
        """Take a step; what is approved is granted in the same transaction."""

        async def work(permit: Permit[AdminAct], connection: asyncpg.Connection) -> Changed | Refusal:
            before = await loaded(permit, connection, step.item, step.etag)
            if isinstance(before, Refusal):
                return before
            TRANSITIONS.after(step.change, before.state)  # first, since it says most
            if step.change in _CHECKED:
                _check(permit.state.register, before, before.body.wish)
            now = datetime.now(UTC)
            clock = stepped(permit.state.register, before, step.change, self._deadlines)
            body = _body(permit, before, step)
            due_at = await due(connection, before, clock, now)
            after = await records.change(connection, before, step.change, body, now, due_at)
            done = changed(after, RESULTS[step.change], clock)
            if step.change is ApplicationChange.APPROVE:
                entries = await make_grant(permit.principal, permit.digest, connection, after, step.why)
                return done._replace(more=tuple(entries))
            if step.change is ApplicationChange.SUBMIT:
                final, entries = await grant_if_complete(permit, connection, after)
                return done._replace(item=final, more=tuple(entries))
            return done

        act = AdminAct(REGISTER, step.name or step.change.value, step.why, step.item)
        return await self._desk.change(call, act, work, dry=dry)


def _check(register: Register, application: Application, wish: Wish) -> None:
    dataset, matter = register.datasets.get(application.dataset), register.matters.get(application.matter)
    check_wish(wish, dataset, matter, application.agency)


def _body(permit: Permit[AdminAct], application: Application, step: Step) -> Body:
    official, register = official_of(permit), permit.state.register
    body = application.body.noted(step.change, official.id, step.why)
    if step.wish is not None:
        _check(register, application, step.wish)
        body = replace(body, wish=step.wish)
    if step.change is ApplicationChange.REFUSE and not step.legal_basis.strip():
        raise RuleError("legal_basis", "a refusal needs one")
    if step.change in _DECIDING:
        body = replace(body, steps=(*body.steps, official.id))
    if step.change is ApplicationChange.APPROVE:
        return approved_body(register, application, body, step.approval)
    return replace(body, legal_basis=step.legal_basis.strip()) if step.legal_basis else body
