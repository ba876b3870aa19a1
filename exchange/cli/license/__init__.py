"""``yici license``: types, checks, metadata, and an issuer's commands."""

import typer

from exchange.cli.language import say
from exchange.cli.license.checking import check
from exchange.cli.license.issuing import change, issue, review
from exchange.cli.license.recorded import export, state, types

license_ = typer.Typer()
license_.command(help=say("List license types."))(types)
license_.command(
    help=say(
        "Check a license: an SD-JWT, a PDF, a picture of its QR code (files), the QR code's text, or, on the node, its "
        "identifier. Exit code 0 valid, 1 invalid, 2 cannot say."
    )
)(check)
license_.command(help=say("Print a license's metadata (GB/T 36903)."))(export)
license_.command(help=say("Show a license's state and history on record."))(state)
license_.command(help=say("Issue licenses from metadata files (GB/T 36903, JSON or XML) through a node."))(issue)
license_.command(help=say("Change a license's state through a node."))(change)
license_.command(help=say("Review one's licenses of a type against the data they rest on; run it daily."))(review)
