"""The last checkpoint given to the outside, in a file beside the database."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path

import structlog

from keys.errors import KeysError
from keys.notes import Checkpoint, NoteSigner, sign_note
from registry.errors import LedgerError

log = structlog.get_logger(__name__)


def try_publish(path: Path, checkpoint: str) -> None:
    """Publish; a disk that is full must not keep callers from receipts that are durable already."""
    try:
        publish(path, checkpoint)
    except OSError as error:
        log.error("ledger.not_published", error=type(error).__name__)


def publish(path: Path, checkpoint: str) -> None:
    """Put a checkpoint where the outside finds it, unless a later one is there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        try:
            current = size_of(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeysError):
            current = -1
        if size_of(checkpoint) <= current:
            return
        fresh = path.with_suffix(".tmp")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(checkpoint)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


def publish_empty(path: Path, signers: Sequence[NoteSigner]) -> None:
    """Publish the checkpoint of the empty log, before its first entry: from then on, a missing file is a doubt.

    Raises:
        LedgerError: it cannot be written.
    """
    note = sign_note(Checkpoint(signers[0].key.name, 0, sha256(b"").digest()).text, signers)
    try:
        publish(path, note)
    except OSError as error:
        raise LedgerError(f"ledger: the first checkpoint cannot be published ({type(error).__name__})") from error


def size_of(checkpoint: str) -> int:
    """The size that a signed checkpoint names, without a look at its signatures.

    Raises:
        MalformedError: it is none.
    """
    return Checkpoint.parse(checkpoint.partition("\n\n")[0] + "\n").size


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time compares and replaces the file."""
    with path.with_suffix(".lock").open("a") as lock:
        flock(lock, LOCK_EX)
        yield
