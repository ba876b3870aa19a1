"""The entries of a log over HTTP alone, from its tiles, compared with its signed checkpoint.

What cannot be shown to be the whole log is refused at its end: a caller that acts on the entries acts after the last.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Self

import httpx

from keys.errors import InvalidError, MalformedError, UndecidedError
from keys.leaf.writing import MAX_LEAF
from keys.merkle import EMPTY_ROOT, Growth, leaf_hash
from keys.notes import Checkpoint, NoteKey, open_checkpoint
from registry.ledger.append import TILE
from registry.ledger.tiles import TileAddress

_SECONDS = 30
_WAIT_SECONDS, _MOST_WAITS = 1.0, 30
_LENGTH_BYTES = 2
_MAX_TILE = TILE * (_LENGTH_BYTES + MAX_LEAF)


class LogReader:
    """Reads the log of the node at a URL; ``known`` are the keys that may have signed its checkpoint."""

    def __init__(self, url: str, known: Sequence[NoteKey]) -> None:
        self._url = url.rstrip("/")
        self._known = known
        self._client = httpx.Client(timeout=_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def checkpoint(self) -> Checkpoint:
        """Return the log's checkpoint; raises as ``open_checkpoint``, and UndecidedError if there is none."""
        try:
            return open_checkpoint(self._get("checkpoint").decode(), self._known)
        except UnicodeDecodeError as error:
            raise MalformedError("checkpoint: not UTF-8") from error

    def entries(self, checkpoint: Checkpoint) -> Iterator[bytes]:
        """Yield the leaves of the log of a checkpoint in their order.

        Raises:
            UndecidedError: a tile is not served.
            MalformedError: a tile has another form.
            InvalidError: after the last leaf, these are not the leaves that the checkpoint is about.
        """
        size, root = 0, EMPTY_ROOT
        frontier: list[bytes] = []
        while size < checkpoint.size:
            address = TileAddress(None, size // TILE, min(TILE, checkpoint.size - size))
            leaves = _split(self._get(address.path), address)
            yield from leaves
            growth = Growth(size, frontier, [leaf_hash(leaf) for leaf in leaves])
            size, frontier, root = growth.size, growth.frontier, growth.root
        if root != checkpoint.root:
            raise InvalidError("log: the entries that are served are not those of the signed checkpoint")

    def _get(self, path: str) -> bytes:
        """Return what is served at a path; waits as long as a node with a limit of requests asks for."""
        try:
            for _ in range(_MOST_WAITS):
                with self._client.stream("GET", f"{self._url}/{path}") as response:
                    if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                        return _content(response, path)
                time.sleep(_WAIT_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UndecidedError(f"{path}: cannot be fetched from that node ({type(error).__name__})") from error
        raise UndecidedError(f"{path}: cannot be fetched from that node, which limits requests")


def _content(response: httpx.Response, path: str) -> bytes:
    """Return the content of a response, if it is no larger than a tile can be."""
    response.raise_for_status()
    found = bytearray()
    for part in response.iter_bytes():
        found += part
        if len(found) > _MAX_TILE:
            raise MalformedError(f"{path}: larger than a tile of entries can be")
    return bytes(found)


def _split(data: bytes, address: TileAddress) -> list[bytes]:
    """Return the entries of a tile, each after its length in two bytes."""
    leaves, at = [], 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start])
        leaves.append(data[start:at])
    if at != len(data) or len(leaves) != address.width:
        raise MalformedError(f"{address.path}: must have {address.width} entries, each with its length")
    return leaves
