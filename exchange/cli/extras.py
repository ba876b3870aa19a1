"""Messages about missing packages, and how to install them."""

from exchange.cli.language import say

_OURS = ("adapters", "exchange", "keys", "registry", "yici")


def missing(error: ModuleNotFoundError) -> str:
    """Return what a command lacks and how to install it; a missing module of this project is raised."""
    name = (error.name or "").partition(".")[0]
    if not name or name in _OURS:
        raise error
    extra = "demo" if name == "openpyxl" else "node"
    return say(
        f"this command needs {name}, which is not installed: pip install 'yici[{extra}]'",
    )
