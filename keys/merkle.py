"""The Merkle tree of RFC 6962: hashes, compact ranges, proofs and their verification.

``Growth`` is for the writer: from the frontier and a batch alone it computes the new root and the proofs of new leaves.
``inclusion_proof`` and ``consistency_proof`` are for readers: they request perfect subtrees by (level, index).
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from keys.errors import InvalidError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Node = Callable[[int, int], bytes]
"""Returns the hash of the perfect subtree at (level, index).

Its leaves are ``index << level`` up to ``(index + 1) << level``.
"""


def leaf_hash(data: bytes) -> bytes:
    """Return SHA-256(00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def levels_of(size: int) -> list[int]:
    """Return the levels of the perfect subtrees of a tree of ``size`` leaves, lowest first."""
    return [level for level in range(size.bit_length()) if size >> level & 1]


def fold(frontier: Sequence[bytes]) -> bytes:
    """Return the root of a frontier (perfect subtrees, lowest first)."""
    if not frontier:
        return EMPTY_ROOT
    root = frontier[0]
    for left in frontier[1:]:
        root = node_hash(left, root)
    return root


class Growth:
    """A tree of ``size`` leaves with a given frontier, extended by a batch of leaf hashes.

    The frontier is the compact range [0, size): one hash for each set bit of ``size``, lowest level first.
    """

    def __init__(self, size: int, frontier: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        old = dict(zip(levels_of(size), frontier, strict=True))
        self.start = size
        self.size = size + len(leaves)
        self._levels: list[list[bytes]] = []
        self._begins: list[int] = []
        self._edges: list[bytes] = []  # per level: the root of the incomplete right edge below it
        self.frontier: list[bytes] = []
        nodes, edge = list(leaves), b""
        for level in range(self.size.bit_length()):
            begin = size >> level
            if begin & 1:  # the left sibling of the first new node is an old frontier node
                nodes.insert(0, old[level])
                begin -= 1
            self._levels.append(nodes)
            self._begins.append(begin)
            self._edges.append(edge)
            if self.size >> level & 1:
                self.frontier.append(nodes[-1])
                edge = node_hash(nodes[-1], edge) if edge else nodes[-1]
            nodes = [sha256(b"\x01" + nodes[at] + nodes[at + 1]).digest() for at in range(0, len(nodes) - 1, 2)]
        self.root = fold(self.frontier)

    def node(self, level: int, index: int) -> bytes:
        """Return the perfect subtree at (level, index), if it is new or adjacent to a new one."""
        return self._levels[level][index - self._begins[level]]

    def proof(self, index: int) -> list[bytes]:
        """Return the inclusion proof, leaf to root, of a new leaf (``start <= index < size``)."""
        proof, last = [], self.size - 1
        levels, begins = self._levels, self._begins
        for level in range(last.bit_length()):
            at = index >> level
            if at & 1:
                proof.append(levels[level][at - 1 - begins[level]])
            elif at < last >> level:
                beside = at + 1 - begins[level]
                nodes = levels[level]
                proof.append(nodes[beside] if beside < len(nodes) else self._edges[level])
        return proof


def subtree_root(start: int, end: int, node: Node) -> bytes:
    """Return the RFC 6962 hash of leaves [start, end), with ``start`` aligned as proofs need it."""
    frontier, at = [], start
    while at < end:  # left to right, the largest perfect subtrees first
        level = (end - at).bit_length() - 1
        frontier.append(node(level, at >> level))
        at += 1 << level
    return fold(frontier[::-1])


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return PATH(index, D[size]) of RFC 6962 2.1.1, leaf to root.

    Raises:
        InvalidError: the index is not inside the tree.
    """
    if not 0 <= index < size:
        raise InvalidError(f"index: {index} is not inside a tree of {size}")
    proof, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(subtree_root(middle, end, node))
            end = middle
        else:
            proof.append(subtree_root(start, middle, node))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, size: int, node: Node) -> list[bytes]:
    """Return PROOF(old, D[size]) of RFC 6962 2.1.2.

    Raises:
        InvalidError: ``old`` is zero or beyond ``size``.
    """
    if not 0 < old <= size:
        raise InvalidError(f"old size: {old} must be from 1 to {size}")
    proof, start, end, whole = [], 0, size, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(subtree_root(middle, end, node))
            end = middle
        else:
            proof.append(subtree_root(start, middle, node))
            start, whole = middle, False
    if not whole:
        proof.append(subtree_root(start, end, node))
    return proof[::-1]


def _split(width: int) -> int:
    """Return the largest power of two smaller than ``width``."""
    return 1 << ((width - 1).bit_length() - 1)


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that ``leaf`` (a leaf hash) is at ``index`` of the tree (RFC 9162 2.1.3.2).

    Raises:
        InvalidError: the proof is not valid.
    """
    if not 0 <= index < size:
        raise InvalidError(f"index: {index} is not inside a tree of {size}")
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise InvalidError("inclusion proof: too long")
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise InvalidError("inclusion proof: too short")
    if found != root:
        raise InvalidError("inclusion proof: it leads to another root")
