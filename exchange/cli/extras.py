"""What is not installed, and how to install it."""

from exchange.cli.language import say

_OURS = ("adapters", "exchange", "keys", "registry", "yici")


def missing(error: ModuleNotFoundError) -> str:
    """What a command lacks, and how to install it; a module of ours that is missing is raised, for it is a defect."""
    name = (error.name or "").partition(".")[0]
    if not name or name in _OURS:
        raise error
    extra = "demo" if name == "openpyxl" else "node"
    return say(
        f"this command needs {name}, which is not installed: pip install 'yici[{extra}]'",
    )
