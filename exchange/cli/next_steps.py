"""The next commands for a node that cannot answer queries yet."""

from pathlib import Path

from exchange.cli.texts import DEFAULT_DATA, called, console, mark, say
from registry.register import Register

_SHOWN = 3


def tell_next_steps(register: Register, data: Path) -> None:
    """Print the next three commands, if a required register is still empty."""
    steps = [step for empty, *step in _steps(register) if empty]
    if not steps:
        return
    where = "" if data == DEFAULT_DATA else f" --data {data}"
    out = console(stderr=True)
    out.print(say("This node answers nothing yet. Next:"))
    for command, purpose in steps[:_SHOWN]:
        out.print(f"  [bold]{called()} {command}{where}[/]\n      {say(purpose)}", soft_wrap=True)
    if not register.datasets:
        out.print(say(f"An example that runs: {called()} quickstart"), soft_wrap=True)


def _steps(register: Register) -> tuple[tuple[bool, str, str], ...]:
    """Return, for each step, whether it is still to be done, the command, and its purpose."""
    return (
        (not register.datasets, "catalog load registers.yaml datasets/*.yaml --why WHY",
         mark("agencies, systems, datasets and matters (docs/registers.md)")),
        (not register.grants, "grant add grants.yaml --why WHY",
         mark("who may use which fields, for which matters (docs/registers.md)")),
        (not register.seals_made, "seal apply USCC --kind exchange --custodian NAME --why WHY",
         mark("the seal of an agency that answers; then yici seal approve, yici seal make (docs/seals.md)")),
        (not register.certificates, "system enrol SYSTEM --csr SYSTEM.csr.pem --out chain.pem --why WHY",
         mark("the certificate of a system that asks; its request comes from yici system request (docs/operate.md)")),
    )  # fmt: skip
