"""``yici proposal``: changes that await a second person."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli.admin.through import Address, AsJson, Credentials, DryRun, Trust, Why, show, through
from exchange.cli.tables import Column
from exchange.cli.texts import say

if TYPE_CHECKING:
    from exchange.client.admin import AdminClient, ProposalView

proposal = typer.Typer()
_COLUMNS = (
    Column("id", "id"), Column("item", "item"), Column("state", "state"), Column("proposed_by", "proposed by"),
    Column("approvers", "approved by"), Column("reason", "reason"),
)  # fmt: skip
Id = Annotated[str, typer.Argument(help=say("Id of the proposal."))]


@proposal.callback()
def group() -> None:
    """Changes that await a second person."""


@proposal.command("list", help=say("List the proposals that the own agency made or approves."))
def proposal_list(
    address: Address,
    credentials: Credentials,
    trust: Trust = Path("trust"),
    filter: Annotated[str, typer.Option(help=say('Such as: state = "proposed".'))] = "",  # noqa: A002
    as_json: AsJson = False,
) -> None:
    """List proposals."""

    async def work(client: "AdminClient") -> "list[ProposalView]":
        return [item async for item in client.proposals(filter)]

    show(_COLUMNS, through(address, credentials, trust, work), as_json=as_json)


@proposal.command("duties", help=say("Propose other duties for a person; another administrator approves."))
def proposal_duties(
    person: Annotated[str, typer.Argument(help=say("Id of a person on record."))],
    duties: Annotated[list[str], typer.Argument(help=say("request, approve, administer, audit or operate."))],
    address: Address,
    credentials: Credentials,
    trust: Trust = Path("trust"),
    why: Why = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Draft and submit a proposal; with --dry-run, print what would become different."""

    async def work(client: "AdminClient") -> "tuple[ProposalView, list[str]]":
        made, told = await client.propose_duties(person, duties, why, dry_run=dry_run)
        return (made if dry_run else await client.submit(made, why)), told

    found, told = through(address, credentials, trust, work)
    if dry_run and not as_json:
        typer.echo("\n".join(told))
    else:
        show(_COLUMNS, [found], as_json=as_json)


def _step(name: str, text: str) -> None:
    """Add the command of a step."""

    @proposal.command(name, help=text)
    def step(
        id: Id,  # noqa: A002  # the word of the field
        address: Address,
        credentials: Credentials,
        trust: Trust = Path("trust"),
        why: Why = "",
        dry_run: DryRun = False,
        as_json: AsJson = False,
    ) -> None:
        async def work(client: "AdminClient") -> "ProposalView":
            found = await client.proposal(id)
            take = getattr(client, "return_" if name == "return" else name)
            taken: ProposalView = await take(found, why, dry_run=dry_run)
            return taken

        show(_COLUMNS, [through(address, credentials, trust, work)], as_json=as_json)


_step("submit", say("Submit a draft for approval."))
_step("approve", say("Approve a proposal; the last approval applies it."))
_step("return", say("Return a proposal to who proposed it."))
_step("refuse", say("Refuse a proposal."))
_step("withdraw", say("Withdraw one's own proposal."))
