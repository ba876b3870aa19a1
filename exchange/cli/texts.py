"""What the command line says, in Chinese or English."""

import os
import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

from exchange.cli.language import chinese, say

__all__ = [
    "DEFAULT_DATA", "Data", "chinese", "console", "is_piped", "say", "shown", "translate_help",
]  # fmt: skip

_WIDE = 400


@cache
def console(*, stderr: bool = False) -> Console:
    """The terminal; what goes into a file or another program is as wide as it is, so that ids stay whole."""
    return Console(stderr=stderr, highlight=False, width=_WIDE if is_piped(stderr=stderr) else None)


def is_piped(*, stderr: bool = False) -> bool:
    """Whether what is printed goes into a file or another program, which has no width."""
    stream = sys.stderr if stderr else sys.stdout
    return not stream.isatty() and "COLUMNS" not in os.environ


def shown(text: str) -> str:
    """A text that others wrote, such as a file's name, as the terminal can print it: no markup, no half characters."""
    return escape(text.encode("utf-8", "replace").decode())


DEFAULT_DATA = Path(".yici")
Data = Annotated[
    Path, typer.Option("--data", envvar="YICI_DATA", help=say("Data folder of the node.", "节点的数据目录。"))
]

_HELP = {
    "ARGUMENTS_PANEL_TITLE": "参数", "OPTIONS_PANEL_TITLE": "选项", "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "错误", "REQUIRED_LONG_STRING": "[必填]", "DEFAULT_STRING": "[默认：{}]",
    "ENVVAR_STRING": "[环境变量：{}]", "RICH_HELP": "用法见 [blue]'{command_path} {help_option}'[/]。",
}  # fmt: skip


def translate_help() -> None:
    """What Typer says around our own help texts, in the language of the reader; of errors in usage a few words stay."""
    if not chinese():
        return
    for name, text in _HELP.items():
        setattr(rich_utils, name, text)
    for kind in (TyperCommand, TyperGroup):
        _translate(kind)


def _translate(kind: Any) -> None:
    usage, option = kind.get_usage, kind.get_help_option

    def get_usage(self: Any, context: Any) -> str:
        return str(usage(self, context)).replace("Usage: ", "用法：", 1)

    def get_help_option(self: Any, context: Any) -> Any:
        found = option(self, context)
        if found is not None:
            found.help = "显示帮助并退出。"
        return found

    kind.get_usage, kind.get_help_option = get_usage, get_help_option
