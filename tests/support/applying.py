"""An office of three agencies, whose people apply for data and decide."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from exchange.acts.refusals import Refusal
from exchange.admin.applications import Applications, Step
from exchange.admin.desk import Changed
from exchange.admin.stepping import Deadlines
from keys.notes import NoteSigner
from registry.agencies import Agency, Duty
from registry.applications.application import NeededField, Wish
from registry.applications.states import ApplicationChange
from registry.catalogue import Dataset, Field, Sharing
from registry.claims import Claim, Operator
from registry.database import Database
from registry.identifiers import SubjectKind
from registry.matters import Matter, Mode, Requirement
from registry.people import Person
from registry.registrar import Registrar
from tests.support.desks import Office, office
from tests.support.ledgers import appender
from tests.support.permitting import GRANTED as STRANGER
from tests.support.permitting import ISSUER as SOURCE
from tests.support.permitting import KEEPER as AUTHORITY
from tests.support.permitting import STRANGER as ASKING

LAW = "《税收征收管理法》第五十四条"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
WISH = Wish(
    (NeededField("month", "核对月数"), NeededField("amount", "核对金额")), (Mode.VERIFY, Mode.QUERY), LAW, "落户审核", 100,
    BEGIN, BEGIN + timedelta(days=3650),
)  # fmt: skip


def person(item: str, agency: str, *duties: Duty) -> Person:
    return Person(item, agency, item, "王芳", duties)


PEOPLE = [
    person("p-clerk", ASKING, Duty.REQUEST),
    person("p-chief", ASKING, Duty.REQUEST, Duty.APPROVE),
    person("p-vice", ASKING, Duty.APPROVE),
    person("p-tax", SOURCE, Duty.APPROVE),
    person("p-tax2", SOURCE, Duty.REQUEST, Duty.APPROVE),
    person("p-stranger", STRANGER, Duty.REQUEST, Duty.APPROVE),
    person("p-admin", AUTHORITY, Duty.ADMINISTER),
    person("p-audit", AUTHORITY, Duty.AUDIT),
]


def dataset(item: str, sharing: Sharing) -> Dataset:
    fields = tuple(Field(name, name, name) for name in ("month", "amount", "name"))
    return Dataset(item, "完税", "Tax paid", SOURCE, sharing, (SubjectKind.CITIZEN_ID,), "daily", fields)


def need(item: str) -> Requirement:
    return Requirement(item, "完税证明", "Proof", LAW, "x", "y", item, claims=(Claim("amount", Operator.EXISTS),))


DATASETS = [dataset("tax.paid", Sharing.CONDITIONAL), dataset("tax.open", Sharing.UNCONDITIONAL)]
MATTER = Matter("settlement", "落户", "Settlement", ASKING, (need("tax.paid"), need("tax.open")))


class Applying:
    """The office, and steps of its people by their ids."""

    def __init__(self, found: Office) -> None:
        self.office = found
        self.applications = Applications(found.desk, Deadlines())

    async def draft(
        self, wish: Wish = WISH, item: str = "tax.paid", who: str = "p-clerk", **more: Any
    ) -> Changed | Refusal:
        return await self.applications.create(self.office.call(who), item, "settlement", wish, "需要核对", **more)

    async def step(self, who: str, done: Changed, change: str, *, dry: bool = False, **more: Any) -> Changed | Refusal:
        step = Step(ApplicationChange(change), done.item.id, done.item.stored.etag, "理由")
        return await self.applications.step(self.office.call(who), replace(step, **more), dry=dry)

    async def until(self, *steps: tuple[str, str], wish: Wish = WISH, item: str = "tax.paid") -> Changed:
        """Return a draft after steps that must be permitted."""
        done = await self.draft(wish, item)
        for who, change in steps:
            assert isinstance(done, Changed), done
            more = {"legal_basis": "《保密法》"} if change == "refuse" else {}
            done = await self.step(who, done, change, **more)
        assert isinstance(done, Changed), done
        return done

    async def submitted(self, wish: Wish = WISH, item: str = "tax.paid") -> Changed:
        return await self.until(("p-clerk", "propose"), ("p-chief", "submit"), wish=wish, item=item)


@asynccontextmanager
async def applying(url: str, signer: NoteSigner, folder: Path) -> AsyncIterator[Applying]:
    """Open the office with its catalogue."""
    agencies = [Agency(uscc, "局", "320500") for uscc in (ASKING, SOURCE, AUTHORITY, STRANGER)]
    async with office(url, signer, folder, agencies, PEOPLE) as found:
        database = Database(url)
        registrar = Registrar(database, appender(signer, folder), "tester")
        await registrar.add_datasets(DATASETS)
        await registrar.add_matters([MATTER])
        await database.close()
        await found.refresh()
        yield Applying(found)
