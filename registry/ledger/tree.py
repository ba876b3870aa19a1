"""Reading of the tree: hashes, proofs and tiles, from stored tiles and from newer entries.

Tiles are addressed as C2SP tlog-tiles does: 256 hashes each, level by level.
"""

import asyncpg

from keys.merkle import Growth, consistency_proof, fold, inclusion_proof, leaf_hash, levels_of, subtree_root
from keys.receipt import Receipt
from registry.errors import NotOnRecordError
from registry.ledger.append import TILE

_TILE_BITS = 8


class TreeReader:
    """Proofs and hashes read over one connection; tiles are cached by the reader."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    async def size(self) -> int:
        """Return the number of stored entries."""
        return int(await self._connection.fetchval("SELECT coalesce(max(index) + 1, 0) FROM ledger_entry"))

    async def root(self, size: int) -> bytes:
        """Return the root of the first ``size`` entries."""
        await self._load([(level, (size >> level) - 1) for level in levels_of(size)], size)
        return subtree_root(0, size, self._node)

    async def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the inclusion proof of an entry in the tree of ``size``."""
        await self._load_for(lambda node: inclusion_proof(index, size, node), size)
        return inclusion_proof(index, size, self._node)

    async def consistency(self, old: int, size: int) -> list[bytes]:
        """Return the proof that the tree of ``size`` extends the tree of ``old``."""
        await self._load_for(lambda node: consistency_proof(old, size, node), size)
        return consistency_proof(old, size, self._node)

    async def receipt(self, index: int) -> str:
        """Return the receipt of an entry for the current checkpoint.

        Raises:
            NotOnRecordError: there is no such entry.
        """
        row = await self._connection.fetchrow("SELECT size, checkpoint FROM ledger_head")
        if not 0 <= index < row["size"]:
            raise NotOnRecordError(f"index: no entry {index}; the log has {row['size']}")
        leaf = await self._connection.fetchval("SELECT leaf FROM ledger_entry WHERE index = $1", index)
        return Receipt(leaf, index, await self.inclusion(index, row["size"]), row["checkpoint"]).text

    async def tile(self, level: int, number: int, width: int) -> bytes:
        """Return a tile's bytes, full or partial.

        Raises:
            NotOnRecordError: the log is not that large yet.
        """
        size = await self.size()
        if width > (size >> _TILE_BITS * level) - number * TILE:
            raise NotOnRecordError(f"tile: {level}/{number} does not yet have {width} hashes")
        return b"".join((await self._tile(level, number, size))[:width])

    async def entries(self, number: int, width: int) -> bytes:
        """Return an entry bundle: the 16-bit big-endian length and the bytes of each leaf.

        Raises:
            NotOnRecordError: the log is not that large yet.
        """
        rows = await self._connection.fetch(
            "SELECT leaf FROM ledger_entry WHERE index >= $1 AND index < $2 ORDER BY index",
            number * TILE,
            number * TILE + width,
        )
        if len(rows) < width:
            raise NotOnRecordError(f"tile: entries/{number} does not yet have {width} entries")
        return b"".join(len(row["leaf"]).to_bytes(2) + row["leaf"] for row in rows)

    async def _load_for(self, proof: object, size: int) -> None:
        """Determine the nodes that a proof needs, and load their tiles."""
        wanted: list[tuple[int, int]] = []

        def note(level: int, index: int) -> bytes:
            wanted.append((level, index))
            return b""

        proof(note)  # type: ignore[operator]  # a proof of nodes
        await self._load(wanted, size)

    async def _load(self, nodes: list[tuple[int, int]], size: int) -> None:
        for level, index in nodes:
            tile_level, inside = divmod(level, _TILE_BITS)
            await self._tile(tile_level, index >> (_TILE_BITS - inside), size)

    def _node(self, level: int, index: int) -> bytes:
        """Return a perfect subtree's hash, from the loaded tile with its lowest hashes."""
        tile_level, inside = divmod(level, _TILE_BITS)
        tile = self._tiles[tile_level, index >> (_TILE_BITS - inside)]
        begin = (index << inside) % TILE
        return fold(Growth(0, (), tile[begin : begin + (1 << inside)]).frontier)

    async def _tile(self, level: int, number: int, size: int) -> list[bytes]:
        """Return a tile's hashes: stored if it is full, else computed from the level below."""
        found = self._tiles.get((level, number))
        if found is None:
            found = await self._read_tile(level, number, size)
            self._tiles[level, number] = found
        return found

    async def _read_tile(self, level: int, number: int, size: int) -> list[bytes]:
        begin = number * TILE
        end = min(begin + TILE, size >> _TILE_BITS * level)
        if end == begin + TILE:
            data = await self._connection.fetchval(
                "SELECT hashes FROM ledger_tile WHERE level = $1 AND number = $2", level, number
            )
            if data is not None:
                return [data[at : at + 32] for at in range(0, len(data), 32)]
        if level:
            rows = await self._connection.fetch(
                "SELECT root FROM ledger_tile WHERE level = $1 AND number >= $2 AND number < $3 ORDER BY number",
                level - 1, begin, end,
            )  # fmt: skip
            return [row["root"] for row in rows]
        rows = await self._connection.fetch(
            "SELECT leaf FROM ledger_entry WHERE index >= $1 AND index < $2 ORDER BY index", begin, end
        )
        return [leaf_hash(row["leaf"]) for row in rows]
