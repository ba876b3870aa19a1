"""The last checkpoint given to the outside, in a file beside the database."""

import os
from pathlib import Path

import structlog

from keys.errors import KeysError
from keys.notes import Checkpoint

log = structlog.get_logger(__name__)


def try_publish(path: Path, checkpoint: str) -> None:
    """Publish; a disk that is full must not keep callers from receipts that are durable already."""
    try:
        publish(path, checkpoint)
    except OSError as error:
        log.error("ledger.not_published", error=type(error).__name__)


def publish(path: Path, checkpoint: str) -> None:
    """Put a checkpoint where the outside finds it, unless a later one is there already."""
    try:
        current = Checkpoint.parse(path.read_text(encoding="utf-8").partition("\n\n")[0] + "\n").size
    except (OSError, KeysError):
        current = -1
    if Checkpoint.parse(checkpoint.partition("\n\n")[0] + "\n").size <= current:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(checkpoint)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
