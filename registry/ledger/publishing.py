"""The file of the last published checkpoint, which is separate from the database."""

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
    """Publish a checkpoint; ignore write errors, so that a full disk does not block durable receipts."""
    try:
        publish(path, checkpoint)
    except OSError as error:
        log.error("ledger.not_published", error=type(error).__name__)


def publish(path: Path, checkpoint: str) -> None:
    """Write a checkpoint to its file, unless the file has a later one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _exclusive(path):
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
    """Publish the checkpoint of the empty log, after which a missing file is an error.

    Raises:
        LedgerError: the file cannot be written.
    """
    note = sign_note(Checkpoint(signers[0].key.name, 0, sha256(b"").digest()).text, signers)
    try:
        publish(path, note)
    except OSError as error:
        raise LedgerError(f"ledger: the first checkpoint cannot be published ({type(error).__name__})") from error


def size_of(checkpoint: str) -> int:
    """Return the size in a signed checkpoint, without verifying its signatures.

    Raises:
        MalformedError: it is not a checkpoint.
    """
    return Checkpoint.parse(checkpoint.partition("\n\n")[0] + "\n").size


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Exclude other processes while comparing and replacing the file."""
    with path.with_suffix(".lock").open("a") as lock:
        flock(lock, LOCK_EX)
        yield
