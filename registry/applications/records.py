"""Rows of the register of applications, written in the transaction of their ledger entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from registry.agencies import Duty
from registry.applications.application import Body, Wish
from registry.applications.states import TRANSITIONS, WAITS_FOR, ApplicationChange, ApplicationState
from registry.errors import NotOnRecordError
from registry.items import Stored, get, insert, new_id, update
from registry.parsing import dump, parse

REGISTER = "application"


@dataclass(frozen=True, slots=True)
class Application:
    """共享申请: an application on record."""

    stored: Stored
    body: Body

    @classmethod
    def of(cls, stored: Stored) -> "Application":
        """Return the application of a row."""
        return cls(stored, parse(Body, stored.body, REGISTER))

    @property
    def id(self) -> str:
        """The id."""
        return self.stored.id

    @property
    def state(self) -> ApplicationState:
        """The state."""
        return ApplicationState(self.stored.state)

    @property
    def agency(self) -> str:
        """The agency that applies."""
        return str(self.stored.columns["agency"])

    @property
    def source(self) -> str:
        """The agency that decides."""
        return str(self.stored.columns["source"])

    @property
    def dataset(self) -> str:
        """The dataset that is applied for."""
        return str(self.stored.columns["dataset"])

    @property
    def matter(self) -> str:
        """The matter for which it is applied for."""
        return str(self.stored.columns["matter"])

    @property
    def proposed_by(self) -> str:
        """The person who wrote it."""
        return str(self.stored.columns["proposed_by"])

    @property
    def due_at(self) -> datetime | None:
        """When the source's clock is due; None while there is none, or it is paused."""
        found: datetime | None = self.stored.columns["due_at"]
        return found


async def create(
    connection: asyncpg.Connection, agency: str, source: str, dataset: str, matter: str, person: str, wish: Wish
) -> Application:
    """Insert a draft."""
    stored = await insert(
        connection, REGISTER, new_id("ap"), ApplicationState.DRAFT.value, dump(Body(wish)),
        agency=agency, source=source, dataset=dataset, matter=matter, proposed_by=person,
    )  # fmt: skip
    return Application.of(stored)


async def load(connection: asyncpg.Connection, item: str, *, lock: bool = False) -> Application:
    """Return an application; ``lock`` keeps others from changing it.

    Raises:
        NotOnRecordError: there is none.
        DepartedError: it is not as the ledger records it.
    """
    stored = await get(connection, REGISTER, item, lock=lock)
    if stored is None:
        raise NotOnRecordError("application: no such application")
    return Application.of(stored)


async def change(
    connection: asyncpg.Connection,
    application: Application,
    step: ApplicationChange,
    body: Body,
    now: datetime,
    due_at: datetime | None = None,
) -> Application:
    """Change an application's state and body, and whom it waits for from now on.

    Raises:
        IllegalTransitionError: the change is not permitted in this state.
        ConflictError: another change came first.
    """
    after = TRANSITIONS.after(step, application.state)
    waits = _waits(application, after, now)
    return Application.of(await update(connection, application.stored, after.value, dump(body), due_at=due_at, **waits))


async def edit(connection: asyncpg.Connection, application: Application, body: Body) -> Application:
    """Change the body alone."""
    return Application.of(await update(connection, application.stored, body=dump(body)))


def _waits(application: Application, state: ApplicationState, now: datetime) -> Mapping[str, Any]:
    """Return the columns that say whom an application in a state waits for; what was claimed is released."""
    column, duty = WAITS_FOR.get(state, ("", None))
    agency = {"agency": application.agency, "source": application.source}.get(column)
    waits = {"waits_for": agency, "waits_duty": duty and Duty(duty).value, "waits_since": now if duty else None}
    return waits | {"claimed_by": None, "escalated_at": None}
