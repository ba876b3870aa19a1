"""The app of the full command line: every command, with its options.

Only the module of the command that is called is imported, so that help comes at once.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import typer
from rich.markup import escape

from exchange.cli.extras import missing
from exchange.cli.texts import console, say, translate_help
from exchange.errors import ExchangeError
from keys.errors import KeysError
from registry.errors import RegistryError, RuleError

_COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": (
        "setup",
        "Make a data folder: settings, keys, certificates, database.",
        "新建数据目录：配置、密钥、证书、数据库。",
    ),
    "quickstart": (
        "quickstart",
        "Make a node with one agency, one CSV and one grant, and ask it one question.",
        "一分钟上手：建立节点、一个部门、一份 CSV、一项授权，并查询一次。",
    ),
    "serve": ("node", "Run the node until it is told to stop (Ctrl-C).", "运行节点，直到停止（Ctrl-C）。"),
    "stop": ("node", "Stop the node of a data folder, losing nothing in flight.", "停止节点，在途请求不丢失。"),
    "db": ("setup", "The registry's database.", "登记数据库。"),
    "catalog": ("registers", "Agencies, systems, datasets and matters.", "机构、系统、数据资源与事项。"),
    "grant": ("registers", "Who may use what.", "共享授权。"),
    "system": ("registers", "Systems and their certificates.", "业务系统及其证书。"),
    "seal": ("seal", "E-seals: the register, their use, checking.", "电子印章：登记、使用、核验。"),
    "keys": ("keys", "The node's keys.", "节点密钥。"),
    "trust": ("keys", "What others need to check this node's evidence.", "他人验证本节点凭证所需的信任材料。"),
    "source": ("source", "Departments' stores, against their descriptions.", "部门数据源核对。"),
    "ledger": ("ledger", "The audit ledger.", "审计账本。"),
    "policy": ("policy", "Access policies.", "访问策略。"),
    "license": (
        "license",
        "E-licenses: check, show, export, issue, change.",
        "电子证照：核验、查看、导出、签发、变更。",
    ),
    "evidence": ("evidence", "Answers and receipts.", "答复与回执。"),
    "demo": ("demo", "Play one settlement case among invented departments.", "在虚构的部门之间办理一件落户。"),
}

_SHADOWING = ("license",)  # Python's own names, written with an underscore


def make_app(arguments: Sequence[str]) -> typer.Typer:
    """The command line, with the called command in full and the others by name."""
    app = typer.Typer(
        name="yici",
        help=say(
            "Yici (一次): data is collected once and used many times, every answer sealed and on the record.",
            "一次：数据一次采集、多方使用，每次答复有印章、有记录。",
        ),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    called = next((argument for argument in arguments if not argument.startswith("-")), "")
    for name, (module, english, chinese) in _COMMANDS.items():
        text = say(english, chinese)
        attribute = f"{name}_" if name in _SHADOWING else name
        found = getattr(import_module(f"exchange.cli.{module}"), attribute) if name == called else _by_name
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, help=text, no_args_is_help=True)
        else:
            app.command(name, help=text)(found)
    return app


def run() -> None:
    """Run a command; each reason why it cannot is a line on standard error, and the exit code is 1."""
    translate_help()
    try:
        make_app(sys.argv[1:])()
    except (RegistryError, KeysError, ExchangeError) as error:
        from exchange.cli.source_rules import rule_text  # noqa: PLC0415  # only what fails needs its rules

        faults = error.faults if isinstance(error, RuleError) else (error,)
        _end(*(rule_text(str(fault)) for fault in faults))
    except OSError as error:
        _end(f"{error.filename or ''}: {error.strerror or type(error).__name__}".removeprefix(": "))
    except ModuleNotFoundError as error:
        _end(missing(error))


def _end(*reasons: str) -> NoReturn:
    for why in reasons:
        console(stderr=True).print(f"[red]{say('error', '错误')}[/] {escape(why)}", soft_wrap=True)
    sys.exit(1)


def _by_name() -> None:
    """Stands for a command that is not the one called."""
