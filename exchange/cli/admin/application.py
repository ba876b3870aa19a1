"""``yici application``: applications for data of other agencies."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exchange.cli.admin.through import Address, AsJson, Credentials, DryRun, Trust, Why, show, through
from exchange.cli.tables import Column
from exchange.cli.texts import mark, say
from registry.applications import application as application_
from registry.parsing import Id, dump, load_yaml, parse

if TYPE_CHECKING:
    from exchange.client.admin import AdminClient, ApplicationView, Approval, LateView, Wish

application = typer.Typer()
_PLACE = ("dataset", "matter")
_COLUMNS = (
    Column("id", "id"), Column("state", "state"), Column("agency", "agency"), Column("source", "source"),
    Column("dataset", "dataset"), Column("matter", "matter"), Column("due_at", "due"), Column("grant", "grant"),
)  # fmt: skip
Item = Annotated[str, typer.Argument(help=say("The application's id."))]
WishFile = Annotated[
    Path, typer.Argument(help=say("YAML: dataset, matter, fields with reasons, modes, legal_basis, purpose, volume, valid_from, valid_to.")),
]  # fmt: skip
ApprovalFile = Annotated[
    Path | None,
    typer.Option("--part", help=say("YAML of what is approved: fields, modes, daily_quota, valid_from, valid_to.")),
]


@dataclass(frozen=True, slots=True)
class Place:
    """What an application is about."""

    dataset: Id
    matter: Id


@application.callback()
def group() -> None:
    """Applications for data of other agencies."""


@application.command("list", help=say("List the applications that you may read."))
def application_list(
    address: Address,
    credentials: Credentials,
    trust: Trust = Path("trust"),
    filter: Annotated[str, typer.Option(help=say('Such as: state = "submitted".'))] = "",  # noqa: A002
    as_json: AsJson = False,
) -> None:
    """List applications."""

    async def work(client: "AdminClient") -> "list[ApplicationView]":
        return [item async for item in client.applications(filter)]

    show(_COLUMNS, through(address, credentials, trust, work), as_json=as_json)


@application.command("late", help=say("List the applications whose source is late."))
def application_late(
    address: Address, credentials: Credentials, trust: Trust = Path("trust"), as_json: AsJson = False
) -> None:
    """List late applications."""

    async def work(client: "AdminClient") -> "list[LateView]":
        return [item async for item in client.late_applications()]

    found = through(address, credentials, trust, work)
    show(_COLUMNS, [item.application for item in found], as_json=as_json)


@application.command("show", help=say("Show an application."))
def application_show(
    item: Item, address: Address, credentials: Credentials, trust: Trust = Path("trust"), as_json: AsJson = False
) -> None:
    """Show an application."""

    async def work(client: "AdminClient") -> "ApplicationView":
        return await client.application(item)

    show(_COLUMNS, [through(address, credentials, trust, work)], as_json=as_json)


@application.command(help=say("Draft an application of your agency."))
def draft(
    file: WishFile,
    address: Address,
    credentials: Credentials,
    why: Why = "",
    dry: DryRun = False,
    trust: Trust = Path("trust"),
    as_json: AsJson = False,
) -> None:
    """Draft an application."""
    data = load_yaml(file)
    place = parse(Place, {name: value for name, value in data.items() if name in _PLACE}, file.name)
    wish = _wish({name: value for name, value in data.items() if name not in _PLACE}, file.name)

    async def work(client: "AdminClient") -> "ApplicationView":
        return await client.draft_application(place.dataset, place.matter, wish, why, dry=dry)

    show(_COLUMNS, [through(address, credentials, trust, work)], as_json=as_json)


@application.command(help=say("Approve a submitted application, as a whole or in part."))
def approve(
    item: Item,
    address: Address,
    credentials: Credentials,
    part: ApprovalFile = None,
    why: Why = "",
    dry: DryRun = False,
    trust: Trust = Path("trust"),
    as_json: AsJson = False,
) -> None:
    """Approve an application."""
    approval = _approval(part)

    async def work(client: "AdminClient") -> "ApplicationView":
        return await client.approve_application(await client.application(item), why, approval, dry=dry)

    show(_COLUMNS, [through(address, credentials, trust, work)], as_json=as_json)


@application.command(help=say("Overrule a refusal that was appealed."))
def overrule(
    item: Item,
    address: Address,
    credentials: Credentials,
    part: ApprovalFile = None,
    why: Why = "",
    dry: DryRun = False,
    trust: Trust = Path("trust"),
    as_json: AsJson = False,
) -> None:
    """Overrule a refusal."""
    approval = _approval(part)

    async def work(client: "AdminClient") -> "ApplicationView":
        return await client.overrule_refusal(await client.application(item), why, approval, dry=dry)

    show(_COLUMNS, [through(address, credentials, trust, work)], as_json=as_json)


@application.command(help=say("Refuse a submitted application."))
def refuse(
    item: Item,
    address: Address,
    credentials: Credentials,
    basis: Annotated[str, typer.Option(help=say("The article of law on which it is refused."))],
    why: Why = "",
    trust: Trust = Path("trust"),
    as_json: AsJson = False,
) -> None:
    """Refuse an application."""

    async def work(client: "AdminClient") -> "ApplicationView":
        return await client.refuse_application(await client.application(item), why, basis)

    show(_COLUMNS, [through(address, credentials, trust, work)], as_json=as_json)


def _add_step(
    name: str, text: str, take: "Callable[[AdminClient, ApplicationView, str], Awaitable[ApplicationView]]"
) -> None:
    """Add a command that takes a step, which needs a reason alone."""

    def command(
        item: Item,
        address: Address,
        credentials: Credentials,
        why: Why = "",
        trust: Trust = Path("trust"),
        as_json: AsJson = False,
    ) -> None:
        async def work(client: "AdminClient") -> "ApplicationView":
            return await take(client, await client.application(item), why)

        show(_COLUMNS, [through(address, credentials, trust, work)], as_json=as_json)

    application.command(name, help=say(text))(command)


_add_step(
    "propose", mark("Propose a draft to your agency's approver."),
    lambda client, item, why: client.propose_application(item, why),
)  # fmt: skip
_add_step(
    "return", mark("Return a proposed application to its draft."),
    lambda client, item, why: client.return_application(item, why),
)  # fmt: skip
_add_step(
    "submit", mark("Submit a proposed application to the source."),
    lambda client, item, why: client.submit_application(item, why),
)  # fmt: skip
_add_step(
    "ask", mark("Ask the applicant for more; the clock pauses."),
    lambda client, item, why: client.ask_for_more(item, why),
)  # fmt: skip
_add_step(
    "supply", mark("Supply what was asked for; the clock runs again."),
    lambda client, item, why: client.supply_more(item, why),
)  # fmt: skip
_add_step(
    "appeal", mark("Appeal a refusal to the authority."),
    lambda client, item, why: client.appeal_application(item, why),
)  # fmt: skip
_add_step(
    "uphold", mark("Uphold a refusal that was appealed."),
    lambda client, item, why: client.uphold_refusal(item, why),
)  # fmt: skip
_add_step(
    "withdraw", mark("Withdraw an application that is not decided."),
    lambda client, item, why: client.withdraw_application(item, why),
)  # fmt: skip


def _wish(data: Any, where: str) -> "Wish":
    from exchange.client.admin import Wish  # noqa: PLC0415  # gRPC is not needed by the other commands

    return parse(Wish, dump(parse(application_.Wish, data, where)), where)


def _approval(file: Path | None) -> "Approval | None":
    from exchange.client.admin import Approval  # noqa: PLC0415  # as above

    if file is None:
        return None
    return parse(Approval, dump(parse(application_.Approval, load_yaml(file), file.name)), file.name)
