"""Leaves that step clocks, and logs of leaves as nodes publish them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from keys.leaf.facts import ActFacts, Commitments
from keys.leaf.reading import LeafContent
from keys.leaf.writing import stamp, stamp_of, write_leaf
from keys.merkle import Growth, leaf_hash
from keys.notes import Checkpoint, NoteSigner, sign_note
from registry.ledger.tiles import TileAddress

SOURCE, OTHER = "113205000000140825", "113205000000140157"


def at(text: str) -> datetime:
    """Return a time in China, such as 2026-03-02 or 2026-03-02T17:30."""
    return datetime.fromisoformat(f"{text if 'T' in text else text + 'T12:00'}:00+08:00").astimezone(UTC)


def step(kind: str, **facts: Any) -> ActFacts:
    """Return facts that step the clock of ap-1, by default the review of the source within 10 days."""
    named = {"object": "ap-1", "source": SOURCE, "clock": kind} | facts
    if kind == "start":
        named = {"limit": "review", "days": 0 if facts.get("hours") else 10} | named
    return ActFacts("application.step", "permit", "DONE", **named)


def content(time: str, kind: str, **facts: Any) -> LeafContent:
    """Return a leaf as it is read."""
    return LeafContent(at(time), step(kind, **facts), Commitments())


def leaf(time: str, kind: str, **facts: Any) -> bytes:
    """Return a leaf as it is recorded."""
    return stamp(write_leaf(step(kind, **facts), Commitments()), stamp_of(at(time)))


def publish(folder: Path, leaves: Sequence[bytes], signer: NoteSigner) -> None:
    """Write a log's checkpoint and tiles of entries."""
    growth = Growth(0, [], [leaf_hash(data) for data in leaves])
    note = sign_note(Checkpoint(signer.key.name, growth.size, growth.root).text, [signer])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint").write_text(note, encoding="utf-8")
    for number in range(-(-len(leaves) // 256)):
        part = leaves[number * 256 : (number + 1) * 256]
        path = folder / TileAddress(None, number, len(part)).path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(len(data).to_bytes(2) + data for data in part))


class _Pages(SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, refusals: list[int], **named: Any) -> None:
        self._refusals = refusals
        super().__init__(*args, **named)

    def do_GET(self) -> None:
        if self._refusals:
            self.send_error(self._refusals.pop())
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path, refusals: int = 0) -> Iterator[str]:
    """Serve a folder over HTTP, after so many refusals for the rate of requests; yields its address."""
    pages = partial(_Pages, directory=str(folder), refusals=[429] * refusals)
    server = ThreadingHTTPServer(("127.0.0.1", 0), pages)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
