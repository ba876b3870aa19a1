"""``yici policy explain``: why a request would be allowed or denied."""

import asyncio
from typing import Annotated

import typer

from exchange.acts.permit import authorize
from exchange.acts.refusals import Refusal
from exchange.acts.requester import Requester
from exchange.acts.state import NodeState
from exchange.cli.opened import opened
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.node.wiring.state import state_of
from exchange.query.access import Granted
from exchange.query.asking import Asking
from exchange.query.question import Question
from registry.basis import Basis
from registry.claims import Claim, Operator
from registry.errors import NotOnRecordError
from registry.identifiers import SubjectKind
from registry.matters import Mode
from registry.register import Register

policy = typer.Typer()


@policy.callback()
def group() -> None:
    """Access policies."""


@policy.command(
    help=say(
        "Say whether a system may ask, by which policies, or what is missing.",
    )
)
def explain(
    system: Annotated[str, typer.Option(help=say("Id of the system."))],
    dataset: Annotated[str, typer.Option(help=say("Id of the dataset."))],
    matter: Annotated[str, typer.Option(help=say("Id of the matter."))],
    legal_basis: Annotated[str, typer.Option(help=say("The legal basis."))],
    fields: Annotated[str, typer.Option(help=say("Fields, with commas between."))],
    mode: Annotated[Mode, typer.Option(help=say("verify or query."))] = Mode.VERIFY,
    policies: Annotated[bool, typer.Option("--policies", help=say("Show the Cedar policies too."))] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Explain a decision; exit code 0 if it would be permitted, 1 if not."""

    async def read() -> tuple[Register, NodeState]:
        async with opened(data) as folder:
            register = await folder.register()
            return register, state_of(register, folder.vault)

    register, state = asyncio.run(read())
    enrolled = next((item for item in register.certificates.values() if item.system.id == system), None)
    if enrolled is None:
        raise NotOnRecordError(
            f"--system: no system {system} with a certificate is on record; yici system enrol enrols one"
        )
    if dataset not in register.datasets:
        raise NotOnRecordError(f"--dataset: {dataset} is not in the catalogue; yici catalog load adds it")
    names = tuple(sorted(name.strip() for name in fields.split(",")))
    claims = tuple(Claim(name, Operator.EXISTS) for name in names)
    basis = Basis(matter, "explain", legal_basis, "explain")
    act = Asking(Question(mode, basis, dataset, SubjectKind.CITIZEN_ID, ("",), claims=claims, fields=names))
    requester = Requester(enrolled.agency, enrolled.system)
    if policies:
        text = state.authorizer.text(requester, act.action, act.resource(state))
        console().print(text, markup=False, soft_wrap=True)
    decision = authorize(state, requester, act)
    if not isinstance(decision, Refusal):
        named = ", ".join(Granted.of(decision, dataset).policies)
        console().print(f"[green]{say('permitted by')}[/] {named}")
        return
    console().print(
        f"[red]{say('denied')}[/] {say(decision.reason.name)}{say(': ')}{say(decision.detail)}", soft_wrap=True
    )
    raise typer.Exit(1)
