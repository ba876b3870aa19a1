"""The client's command line, which checks evidence, and names the package of other commands."""

import os
import sys
from argparse import ArgumentParser
from functools import partial
from pathlib import Path

from exchange.cli.evidence_files import HELP, MARKS, STEPS, WORDS, check_files, rules_of
from exchange.cli.language import say, translate_usage
from exchange.cli.times import with_shown_times
from keys.evidence import Evidence


def run() -> None:
    """Run ``yici evidence check``; any other command is refused with exit code 1."""
    arguments = sys.argv[1:] or ["--help"]
    node = say(
        "Other commands come with the node: pip install 'yici[node]'",
    )
    called = next((argument for argument in arguments if not argument.startswith("-")), "evidence")
    if called != "evidence":
        sys.exit(say(f"error yici {called} is not installed. {node}"))
    translate_usage()
    parser = ArgumentParser("yici", description=say("The Yici client."), epilog=node)
    groups = parser.add_subparsers(required=True, metavar="evidence")
    commands = groups.add_parser("evidence", help=say("Answers and receipts.")).add_subparsers(
        required=True, metavar="check"
    )
    check = commands.add_parser("check", help=say(HELP), description=say(HELP))
    check.add_argument("files", nargs="+", type=Path, help=say("SD-JWT files."))
    check.add_argument(
        "--trust",
        type=Path,
        default=Path(os.environ.get("YICI_TRUST", "trust")),
        help=say("Folder of the trust bundle."),
    )
    check.add_argument("--utc", action="store_true", help=say("Show times in UTC, not of Asia/Shanghai."))
    options = parser.parse_args(arguments)
    try:
        sys.exit(check_files(options.files, options.trust, partial(_show, utc=options.utc)))
    except OSError as error:
        sys.exit(f"{say('error')} {error.filename or ''}{say(': ')}{say(error.strerror or type(error).__name__)}")


def _show(path: Path, evidence: Evidence, *, utc: bool) -> None:
    print(f"{path.name}  {say(WORDS[evidence.verdict])}")  # noqa: T201  # to standard output
    for step in evidence.steps:
        detail = with_shown_times(say(step.detail), utc=utc)
        print(f"  {MARKS[step.verdict]} {say(STEPS[step.name])}{say(': ')}{detail}")  # noqa: T201  # as above
    for rule in rules_of(evidence):
        print(f"  · {rule}")  # noqa: T201  # as above
