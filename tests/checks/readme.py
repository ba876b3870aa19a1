"""Checks that the commands in README and docs exist: make targets, and yici commands with options."""

import re
import sys
from pathlib import Path
from typing import Any

import typer

from exchange.cli.app import make_app

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Name every command that does not exist."""
    text = code("\n".join(path.read_text() for path in [*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md")]))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    makes = set(re.findall(r"\bmake ([a-z]+)\b", text))
    lines = sorted(set(re.findall(r"(?<![\w./-])yici ([a-z-][^\n`|;&)>]*)", text)))
    wrong = [f"make {name}" for name in sorted(makes - targets)]
    wrong += [f"yici {line.strip()}: {fault}" for line in lines if (fault := fault_of(line.split()))]
    if wrong:
        sys.exit("named but not there:\n  " + "\n  ".join(wrong))
    print(f"README and docs name {len(makes)} targets and {len(lines)} commands, all there")


def code(text: str) -> str:
    """Return the contents of code spans and blocks, with continued lines joined."""
    found = "\n".join(re.findall(r"```.*?```|`[^`\n]+`|^    [^\n]*$", text, re.DOTALL | re.MULTILINE))
    return re.sub(r"\\\n\s*", " ", found)


def fault_of(words: list[str]) -> str:
    """Return the part of a command line that does not exist; empty if all exists."""
    command: Any = typer.main.get_command(make_app(words))
    options = {"--help", *[name for item in command.params for name in item.opts]}
    while hasattr(command, "commands") and words:
        if words[0] in command.commands:
            command = command.commands[words.pop(0)]
            options |= {name for item in command.params for name in (*item.opts, *item.secondary_opts)}
        elif re.fullmatch(r"[a-z-]+", words[0]) and not words[0].startswith("-"):
            return f"no {words[0]}"
        else:
            break
    given = [word.split("=")[0] for word in words if word.startswith("--")]
    if words and "--as" not in given and "--why" not in given and any(is_reason(item) for item in command.params):
        return "no reason: --why"
    return next((f"no {word}" for word in given if word not in options), "")


def is_reason(option: Any) -> bool:
    """Whether an option is the reason that a command requires."""
    return "--why" in option.opts and option.callback is not None


if __name__ == "__main__":
    main()
