"""What every part of the story uses: titles, sentences, and requirements that end it."""

from exchange.cli.tables import heading
from exchange.cli.texts import console, say


def say_title(number: int, text: str) -> None:
    """Print the title of a part."""
    console().print()
    heading(f"{number}  {say(text)}")


def say_line(text: str) -> None:
    """Print a sentence in the language of the user."""
    console().print(say(text))


def require(holds: bool, what: str) -> None:  # noqa: FBT001  # an assertion that is always active
    """End the demo with an error unless something holds."""
    if not holds:
        raise RuntimeError(f"demo: {what}")
