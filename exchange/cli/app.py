"""The full command line, with all commands and options.

Only the module of the called command is imported, so that help is fast.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import typer

from exchange.cli.extras import missing
from exchange.cli.texts import console, mark, say, shown, translate_help
from exchange.cli.times import with_shown_times
from exchange.cli.wrapping import wrap_chinese
from exchange.errors import ExchangeError
from keys.errors import KeysError
from registry.errors import RegistryError, RuleError

COMMANDS: dict[str, tuple[str, str]] = {
    "init": (
        "setup",
        mark("Make a data folder: settings, keys, certificates, database."),
    ),
    "quickstart": (
        "quickstart",
        mark("Make a node with one agency, one CSV and one grant, and ask it one question."),
    ),
    "serve": ("node", mark("Run the node until it is told to stop (Ctrl-C).")),
    "stop": ("node", mark("Stop the node of a data folder, losing nothing in flight.")),
    "db": ("setup", mark("The registry's database.")),
    "audit": ("audit", mark("Audits of a node from outside, over HTTP alone.")),
    "catalog": ("catalog", mark("Agencies, systems, datasets and matters.")),
    "agency": ("admin.agency", mark("Agencies on record.")),
    "application": ("admin.application", mark("Applications for data of other agencies.")),
    "grant": ("grant", mark("Who may use what.")),
    "system": ("system", mark("Systems and their certificates.")),
    "person": ("person", mark("People and their certificates.")),
    "proposal": ("admin.proposal", mark("Changes that await a second person.")),
    "seal": ("seal", mark("E-seals: the register, their use, checking.")),
    "keys": ("keys", mark("The node's keys.")),
    "trust": ("keys", mark("What others need to check this node's evidence.")),
    "source": ("source", mark("Departments' stores, against their descriptions.")),
    "ledger": ("ledger", mark("The audit ledger.")),
    "policy": ("policy", mark("Access policies.")),
    "license": (
        "license",
        mark("E-licenses: check, show, export, issue, change."),
    ),
    "evidence": ("evidence", mark("Answers and receipts.")),
    "demo": ("demo", mark("Play one settlement case among invented departments.")),
}

_SHADOWING = ("license",)  # names of Python, written with an underscore


def make_app(arguments: Sequence[str]) -> typer.Typer:
    """Return the command line, with the called command complete and the others by name only."""
    app = typer.Typer(
        name="yici",
        help=say(
            "Yici (一次): data is collected once and used many times, every answer sealed and on the record.",
        ),
        epilog=say("In Chinese or English: by YICI_LANG=zh or en, else by the locale."),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    called = next((argument for argument in arguments if not argument.startswith("-")), "")
    for name, (module, text) in COMMANDS.items():
        attribute = f"{name}_" if name in _SHADOWING else name
        command = getattr(import_module(f"exchange.cli.{module}"), attribute) if name == called else _by_name
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, help=say(text), no_args_is_help=True)
        else:
            app.command(name, help=say(text))(command)
    return app


def run() -> None:
    """Run a command; print each error on standard error, with exit code 1."""
    translate_help()
    wrap_chinese()
    try:
        make_app(sys.argv[1:])()
    except (RegistryError, KeysError, ExchangeError) as error:
        faults = error.faults if isinstance(error, RuleError) else (error,)
        _end(*(with_shown_times(say(str(fault))) for fault in faults))
    except OSError as error:
        _end(f"{error.filename or ''}{say(': ')}{say(error.strerror or type(error).__name__)}".removeprefix(say(": ")))
    except ModuleNotFoundError as error:
        _end(missing(error))


def _end(*reasons: str) -> NoReturn:
    for why in reasons:
        console(stderr=True).print(f"[red]{say('error')}[/] {shown(why)}", soft_wrap=True)
    sys.exit(1)


def _by_name() -> None:
    """Represent a command that is not called."""
