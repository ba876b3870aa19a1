"""The command line: ``yici``. Chinese or English by locale (LC_ALL, LC_MESSAGES, LANG), or by YICI_LANG=zh|en."""

import os
import sys

import typer

from exchange.cli import demo, evidence, keys, ledger, node, policy, registers
from exchange.cli.texts import console, say
from keys.errors import KeysError
from registry.errors import RegistryError

app = typer.Typer(
    name="yici",
    help=say(
        "Yici (一次): data is collected once and used many times, every answer sealed and on the record.",
        "一次：数据一次采集、多方使用，每次答复有印章、有记录。",
    ),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
node.add_to(app)
demo.add_to(app)
for group, name in (
    (registers.catalog, "catalog"),
    (registers.grant, "grant"),
    (registers.system, "system"),
    (registers.seal, "seal"),
    (keys.keys, "keys"),
    (keys.trust, "trust"),
    (ledger.ledger, "ledger"),
    (policy.policy, "policy"),
    (evidence.evidence, "evidence"),
):
    app.add_typer(group, name=name)


def main() -> None:
    """Run a command; what it cannot do is one line on standard error and exit code 1."""
    # We start processes beside open gRPC channels and never fork into gRPC: its fork handlers would only warn.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    try:
        app()
    except (RegistryError, KeysError) as error:
        console(stderr=True).print(f"[red]{say('error', '错误')}[/] {error}", soft_wrap=True)
        sys.exit(1)
