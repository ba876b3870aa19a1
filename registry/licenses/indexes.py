"""Random allocation of status list indexes, so that neighbours on a list are unrelated."""

import os
from collections.abc import Sequence
from hashlib import blake2b

import asyncpg

SIZE = 1 << 20
"""Indexes of one list: a million licenses in 256 KiB."""

SECRET_BYTES = 32
_HALF_BITS = 10
_HALF = (1 << _HALF_BITS) - 1
_ROUNDS = 4


def feistel_index(secret: bytes, number: int) -> int:
    """Return the index of the ``number``-th license of a list, by a secret permutation.

    The permutation is a Feistel network over 20 bits: for any secret, different numbers have different indexes.
    """
    left, right = number >> _HALF_BITS, number & _HALF
    for turn in range(_ROUNDS):
        left, right = right, left ^ _mixed(secret, turn, right)
    return left << _HALF_BITS | right


def feistel_number(secret: bytes, index: int) -> int:
    """Return the number of the license with an index: the inverse of ``feistel_index``."""
    left, right = index >> _HALF_BITS, index & _HALF
    for turn in reversed(range(_ROUNDS)):
        left, right = right ^ _mixed(secret, turn, left), left
    return left << _HALF_BITS | right


def is_allocated(secret: bytes, used: int, index: int) -> bool:
    """Return whether an index is one of the first ``used`` of a list."""
    return len(secret) == SECRET_BYTES and 0 <= index < SIZE and feistel_number(secret, index) < used


def _mixed(secret: bytes, turn: int, half: int) -> int:
    digest = blake2b(bytes((turn, half >> 8, half & 0xFF)), key=secret, digest_size=2).digest()
    return int.from_bytes(digest) & _HALF


async def allocate(connection: asyncpg.Connection, agency: str, count: int) -> list[tuple[int, int]]:
    """Allocate ``count`` entries of an agency's lists in a transaction; return (list, index) pairs."""
    places: list[tuple[int, int]] = []
    while len(places) < count:
        row = await connection.fetchrow(
            "SELECT list, size, used, secret FROM status_list WHERE agency = $1 AND used < size "
            "ORDER BY list LIMIT 1 FOR UPDATE",
            agency,
        )
        if row is None:
            await connection.execute(
                "INSERT INTO status_list (agency, size, secret) VALUES ($1, $2, $3)",
                agency,
                SIZE,
                os.urandom(SECRET_BYTES),
            )
            continue
        until = min(row["used"] + count - len(places), row["size"])
        places += [(row["list"], feistel_index(row["secret"], number)) for number in range(row["used"], until)]
        await connection.execute("UPDATE status_list SET used = $2 WHERE list = $1", row["list"], until)
    return places


async def mark_changed(connection: asyncpg.Connection, lists: Sequence[int]) -> None:
    """Mark lists as changed; a changed list is republished when it is next requested."""
    await connection.execute("UPDATE status_list SET changes = changes + 1 WHERE list = ANY($1::int[])", sorted(lists))
