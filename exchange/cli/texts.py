"""Output of the command line in Chinese or English."""

import os
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from typer import rich_utils
from typer._click.exceptions import BadParameter, ClickException, MissingParameter, NoSuchOption
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from exchange.cli.language import chinese, either, mark, say
from keys.printable import is_printable

__all__ = [
    "DEFAULT_DATA", "Data", "called", "chinese", "console", "either", "is_piped", "mark", "printable", "say", "shown",
    "translate_help",
]  # fmt: skip

_WIDE = 400


@cache
def console(*, stderr: bool = False) -> Console:
    """Return the console; in files and pipes its width is unlimited, so that ids stay whole."""
    return Console(stderr=stderr, highlight=False, width=_WIDE if is_piped(stderr=stderr) else None)


def is_piped(*, stderr: bool = False) -> bool:
    """Return whether the output goes to a file or pipe, which has no width."""
    stream = sys.stderr if stderr else sys.stdout
    return not stream.isatty() and "COLUMNS" not in os.environ


def printable(text: str) -> str:
    """Return a text with escapes for all unprintable characters except line ends."""
    if is_printable(text):
        return text
    return "".join(one if one == "\n" or is_printable(one) else one.encode("unicode_escape").decode() for one in text)


def shown(text: str) -> str:
    """Return another's text, such as a file's name, in printable form and without markup."""
    return escape(printable(text))


def called() -> str:
    """Return how the user can call this command: by name, or by path if PATH lacks it."""
    found, beside = shutil.which("yici"), Path(sys.executable).with_name("yici")
    if (found and Path(found).samefile(beside)) or not beside.exists():
        return "yici"
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)


DEFAULT_DATA = Path(".yici")
Data = Annotated[Path, typer.Option("--data", envvar="YICI_DATA", help=say("Data folder of the node."))]

_HELP = (
    "ARGUMENTS_PANEL_TITLE", "OPTIONS_PANEL_TITLE", "COMMANDS_PANEL_TITLE", "ERRORS_PANEL_TITLE",
    "REQUIRED_LONG_STRING", "DEFAULT_STRING", "ENVVAR_STRING", "ABORTED_TEXT", "RICH_HELP",
)  # fmt: skip
"""Typer's own messages by their names in Typer."""


def translate_help() -> None:
    """Have Typer use the user's language for headings of help, usage, and errors of usage."""
    if not chinese():
        return
    for name in _HELP:
        setattr(rich_utils, name, say(getattr(rich_utils, name)))
    for command in (TyperCommand, TyperGroup):
        _translate(command)
    for parameter in (TyperArgument, TyperOption):
        _translate_method(parameter, "display_type_rich")
    for error in (ClickException, BadParameter, MissingParameter, NoSuchOption):
        _translate_method(error, "format_message")


def _translate(kind: Any) -> None:
    usage, option = kind.get_usage, kind.get_help_option

    def get_usage(self: Any, context: Any) -> str:
        words = str(usage(self, context)).removeprefix("Usage: ")
        for name in ("[OPTIONS]", "COMMAND [ARGS]..."):
            words = words.replace(name, say(name))
        return f"{say('Usage: ')}{words}"

    def get_help_option(self: Any, context: Any) -> Any:
        help_option = option(self, context)
        if help_option is not None:
            help_option.help = say("Show this help and exit.")
        return help_option

    kind.get_usage, kind.get_help_option = get_usage, get_help_option


def _translate_method(kind: Any, method: str) -> None:
    original = getattr(kind, method)
    setattr(kind, method, lambda *args, **named: say(original(*args, **named) or "") or None)
