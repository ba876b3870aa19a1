"""Loading of registers from YAML, with what changed and the next steps."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import act
from exchange.cli.next_steps import tell_next_steps
from exchange.cli.texts import console, say
from exchange.node.wiring.host import Host
from registry.loading import Loaded, load
from registry.register import Register

Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help=say("YAML files."))]


def load_files(files: list[Path], data: Path, command: Command, only: str = "") -> None:
    """Load files; print what changed, which grants lack their matter, and the next steps."""

    async def work(host: Host, _permit: Permit[Command]) -> tuple[Loaded, Register]:
        return await load(files, host.registrar(command.why), only), await host.register()

    loaded, register = act(data, command, work)
    console().print(
        say(f"Changed: {loaded.agencies} agencies, {loaded.systems} systems, {loaded.people} people, {loaded.datasets} datasets, {loaded.license_types} license types, {loaded.matters} matters, {loaded.grants} grants, {loaded.seal_rules} rules of seals."),
        soft_wrap=True,
    )  # fmt: skip
    for item in [grant for grants in register.grants.values() for grant in grants]:
        for name in sorted(set(item.matters) - set(register.matters)):
            console(stderr=True).print(
                say(f"Grant {item.id}: matter {name} is not on record; nothing is permitted for it."), soft_wrap=True)  # fmt: skip
    tell_next_steps(register, data)
