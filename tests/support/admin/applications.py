"""Permitted calls of ``ApplicationService``: the natural resources bureau applies, the police decide."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from exchange.client.admin import AdminClient, ApplicationView, NeededField, Wish
from exchange.demo.city import City

CLERK, CHIEF, DECIDER, AUTHORITY = "p-0401", "p-0402", "p-0302", "p-0101"
DATASET, MATTER, WHY = "identity.person", "realty-certificate", "办理不动产登记"
TABLE = {"ApplicationService": "application"}
WRONG = {
    f"ApplicationService.{method}": person
    for person, methods in {
        "p-0103": ("CreateApplication", "UpdateApplication", "ProposeApplication", "SupplyMore", "AppealApplication",
                   "WithdrawApplication"),
        CLERK: ("ReturnApplication", "SubmitApplication", "AskForMore", "ApproveApplication", "RefuseApplication",
                "OverruleRefusal", "UpholdRefusal", "ListApplications", "ListLateApplications", "GetApplication"),
    }.items()
    for method in methods
}  # fmt: skip
OTHERWISE = {
    "ApplicationService.ApproveApplication": (2, "the application, and the grant"),
    "ApplicationService.OverruleRefusal": (2, "the application, and the grant"),
}
KINDS = {
    "ApplicationService.ApproveApplication": {"application.approve", "grant.create"},
    "ApplicationService.OverruleRefusal": {"application.overrule", "grant.create"},
}
CHANGES = {"application": "UPDATE application SET proposed_by = proposed_by || '0' WHERE id = $1"}
EDITS = {"application": "UPDATE application SET state = 'approved' WHERE state = 'submitted'"}


def wish(*fields: str) -> Wish:
    """Return a wish for a second of a later year, which no other overlaps."""
    begin = datetime(2040, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(10**9))
    needed = tuple(NeededField(name, "核对权利人") for name in fields or ("name", "status"))
    return Wish(
        needed, ("verify", "query"), "《不动产登记暂行条例》第十九条", WHY, 100, begin, begin + timedelta(seconds=1)
    )


async def drafted(city: City, *fields: str) -> ApplicationView:
    async with city.admin(CLERK) as client:
        return await client.draft_application(DATASET, MATTER, wish(*fields), WHY)


async def proposed(city: City, *fields: str) -> ApplicationView:
    async with city.admin(CLERK) as client:
        return await client.propose_application(await drafted(city, *fields), WHY)


async def submitted(city: City, *fields: str) -> ApplicationView:
    async with city.admin(CHIEF) as client:
        return await client.submit_application(await proposed(city, *fields), WHY)


async def act(city: City) -> None:
    """Make rows of the register."""
    await submitted(city)


async def asked(city: City) -> ApplicationView:
    async with city.admin(DECIDER) as client:
        return await client.ask_for_more(await submitted(city), "请说明用途")


async def refused(city: City) -> ApplicationView:
    async with city.admin(DECIDER) as client:
        return await client.refuse_application(await submitted(city), "与办理事项无关", "《个人信息保护法》第六条")


async def appealed(city: City) -> ApplicationView:
    async with city.admin(CLERK) as client:
        return await client.appeal_application(await refused(city), "法规要求核对")


Case = Callable[[City], AsyncIterator[None]]


def case(
    who: str,
    before: Callable[[City], Awaitable[ApplicationView]],
    step: Callable[[AdminClient, ApplicationView], Awaitable[object]],
) -> Case:
    """Return a case: what is made before, and the step of a person."""

    async def run(city: City) -> AsyncIterator[None]:
        item = await before(city)
        async with city.admin(who) as client:
            yield
            await step(client, item)

    return run


async def create(city: City) -> AsyncIterator[None]:
    async with city.admin(CLERK) as client:
        yield
        await client.draft_application(DATASET, MATTER, wish(), WHY)


async def listed(city: City) -> AsyncIterator[None]:
    await submitted(city)
    async with city.admin(DECIDER) as client:
        yield
        async with aclosing(client.applications('state = "submitted"')) as found:  # type: ignore[type-var]
            await anext(found)


async def late(city: City) -> AsyncIterator[None]:
    async with city.admin(AUTHORITY) as client:
        yield
        assert [item async for item in client.late_applications()] == []


CASES = {
    f"ApplicationService.{method}": found
    for method, found in {
        "CreateApplication": create,
        "GetApplication": case(DECIDER, submitted, lambda client, item: client.application(item.id)),
        "ListApplications": listed,
        "ListLateApplications": late,
        "UpdateApplication": case(CLERK, drafted, lambda client, item: client.change_application(item, wish("name"), WHY)),
        "ProposeApplication": case(CLERK, drafted, lambda client, item: client.propose_application(item, WHY)),
        "ReturnApplication": case(CHIEF, proposed, lambda client, item: client.return_application(item, WHY)),
        "SubmitApplication": case(CHIEF, proposed, lambda client, item: client.submit_application(item, WHY)),
        "AskForMore": case(DECIDER, submitted, lambda client, item: client.ask_for_more(item, WHY)),
        "SupplyMore": case(CLERK, asked, lambda client, item: client.supply_more(item, WHY, wish("name"))),
        "ApproveApplication": case(DECIDER, submitted, lambda client, item: client.approve_application(item, WHY)),
        "RefuseApplication": case(DECIDER, submitted, lambda client, item: client.refuse_application(item, WHY, "《个人信息保护法》第六条")),
        "AppealApplication": case(CLERK, refused, lambda client, item: client.appeal_application(item, WHY)),
        "OverruleRefusal": case(AUTHORITY, appealed, lambda client, item: client.overrule_refusal(item, WHY)),
        "UpholdRefusal": case(AUTHORITY, appealed, lambda client, item: client.uphold_refusal(item, WHY)),
        "WithdrawApplication": case(CLERK, submitted, lambda client, item: client.withdraw_application(item, WHY)),
    }.items()
}  # fmt: skip
