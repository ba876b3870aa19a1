"""Verification of consistency proofs, as a monitor of the ledger does it."""

from collections.abc import Sequence

from keys.errors import InvalidError
from keys.merkle import node_hash


def verify_consistency(  # noqa: C901  # the standard's algorithm, step by step
    old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of ``size`` leaves extends the tree of ``old`` leaves (RFC 9162 2.1.4.2).

    Raises:
        InvalidError: the proof is not valid, or ``old`` is zero, for which there are no proofs.
    """
    if not 0 < old <= size:
        raise InvalidError(f"old size: {old} must be from 1 to {size}")
    if old == size:
        if proof or old_root != root:
            raise InvalidError("consistency proof: equal sizes need equal roots and no proof")
        return
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise InvalidError("consistency proof: empty")
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    found_old = found = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise InvalidError("consistency proof: too long")
        if at & 1 or at == last:
            found_old, found = node_hash(sibling, found_old), node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    if last or found_old != old_root or found != root:
        raise InvalidError("consistency proof: the later tree does not extend the earlier one")
