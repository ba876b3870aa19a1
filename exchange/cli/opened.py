"""A data folder for a command that changes nothing and discloses nothing personal."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from exchange.node.wiring.folder import DataFolder, open_folder
from exchange.settings import load_settings
from registry.register import Register


def opened(data: Path) -> AbstractAsyncContextManager[DataFolder]:
    """Open a data folder to read it; what changes or discloses something is an act: ``acting.py``."""
    return open_folder(load_settings(data))


async def register_of(data: Path) -> Register:
    """Return the current registers of a data folder."""
    async with opened(data) as folder:
        return await folder.register()
