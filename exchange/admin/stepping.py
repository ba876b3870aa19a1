"""Common parts of the steps of applications: the person, the target, the clock, the record."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from exchange.acts.admin_act import AdminAct, ClockStep, ItemTarget
from exchange.acts.permit import Permit
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Official
from exchange.admin.desk import Changed, Desk
from keys.clocks import Clock
from keys.workdays.calendar import Calendar
from registry.applications import records
from registry.applications.records import REGISTER, Application
from registry.applications.states import ApplicationChange, clock_step
from registry.catalogue import Sharing
from registry.errors import NotOnRecordError, RuleError
from registry.ledger.clocks import clock_of
from registry.register import Register
from registry.transitions import ConflictError

LIMIT = "review"
_INTERNAL = frozenset({"DRAFTED", "CHANGED", "PROPOSED", "RETURNED"})
"""Results of steps within the agency that applies, of which no other is told."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The working days of a source to decide, by the sharing category of the data."""

    unconditional: int = 1
    conditional: int = 10

    def of(self, sharing: Sharing) -> int:
        """Return those of a category."""
        return self.unconditional if sharing is Sharing.UNCONDITIONAL else self.conditional


def official_of(permit: Permit[AdminAct]) -> Official:
    """Return the person who acts.

    Raises:
        TypeError: it is no person, which the policies do not permit.
    """
    if not isinstance(permit.principal, Official):
        raise TypeError("the policies permit this to persons alone")
    return permit.principal


def target_of(application: Application, register: Register) -> ItemTarget:
    """Return an application as the target of an act."""
    dataset = register.datasets.get(application.dataset)
    columns = application.stored.columns
    return ItemTarget(
        REGISTER, application.id, application.state.value, application.agency, application.source,
        application.proposed_by, application.body.steps, application.dataset, dataset.sharing.value if dataset else "",
        columns["waits_for"] or "", columns["waits_duty"] or "", columns["claimed_by"] or "",
    )  # fmt: skip


async def loaded(
    permit: Permit[AdminAct], connection: asyncpg.Connection, item: str, etag: str
) -> Application | Refusal:
    """Return the locked application, if the act is permitted on it and it is still the one that was read.

    Raises:
        NotOnRecordError: there is none.
        ConflictError: another change came first.
    """
    application = await records.load(connection, item, lock=True)
    over = Desk.over(permit, target_of(application, permit.state.register))
    if isinstance(over, Refusal):
        return over
    if not etag:
        raise RuleError("etag", "is required: that of the item as it was read")
    if etag != application.stored.etag:
        raise ConflictError(REGISTER, application.stored.revision)
    return application


def changed(application: Application, result: str, clock: ClockStep | None = None) -> Changed:
    """Return what a step changed; once an application is submitted, both agencies are told."""
    told = () if result in _INTERNAL else tuple(sorted({application.agency, application.source}))
    return Changed(
        application, application.stored.row, result, source=application.source, clock=clock, told=told,
        dataset=application.dataset, matter=application.matter,
    )  # fmt: skip


def stepped(
    register: Register, application: Application, change: ApplicationChange, deadlines: Deadlines
) -> ClockStep | None:
    """Return what a change does to the source's clock."""
    step = clock_step(change, application.state)
    if step != "start":
        return ClockStep(step) if step else None
    return ClockStep(step, LIMIT, deadlines.of(register.datasets[application.dataset].sharing))


async def due(
    connection: asyncpg.Connection, application: Application, step: ClockStep | None, now: datetime
) -> datetime | None:
    """Return when the source's clock is due after a step; None if it does not run or pauses in time.

    Raises:
        UnknownYearError: it is due in a year whose holidays are not known.
    """
    if step is not None and step.step == "pause":
        before = application.due_at
        return before if before and before <= now else None
    if step is None or step.step not in ("start", "resume"):
        return None
    calendar = Calendar()
    if step.step == "start":
        return Clock(application.id, application.source, step.limit, now, step.days).due(calendar)
    clock = await clock_of(connection, REGISTER, application.id)
    if clock is None or not clock.paused:
        raise NotOnRecordError("application: no entry paused its clock")
    return clock.resume(now).due(calendar)
