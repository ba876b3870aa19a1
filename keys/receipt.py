"""Receipts: C2SP tlog-proofs that a log includes a leaf.

A receipt is ``c2sp.org/tlog-proof@v1``, an ``extra`` line with the leaf, ``index N``, the hashes from leaf to root, a
blank line, and the signed checkpoint.
"""

import re
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass

from keys.encoding import base64_decode
from keys.errors import MalformedError
from keys.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from keys.notes import Checkpoint, NoteKey, open_checkpoint

_MAGIC = "c2sp.org/tlog-proof@v1"
_MAX_HASHES = 63
_MAX_TEXT = 320 * 1024  # the checkpoint is a note with up to 16 large signatures


@dataclass(frozen=True, slots=True)
class Receipt:
    """A leaf, its index, its inclusion proof, and the signed checkpoint (a note) of the proof's tree."""

    leaf: bytes
    index: int
    proof: Sequence[bytes]
    checkpoint: str

    @property
    def text(self) -> str:
        """The text of the tlog-proof."""
        extra = b2a_base64(self.leaf).decode()  # with its newline
        hashes = b"".join(map(b2a_base64, self.proof)).decode()
        return f"{_MAGIC}\nextra {extra}index {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> "Receipt":
        """Parse a tlog-proof with a leaf.

        Raises:
            MalformedError: names the line that breaks the format.
        """
        if len(text) > _MAX_TEXT:
            raise MalformedError(f"receipt: longer than {_MAX_TEXT} characters")
        head, separator, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or lines.pop(0) != _MAGIC:
            raise MalformedError(f"receipt: must begin with {_MAGIC}")
        if not lines or not lines[0].startswith("extra "):
            raise MalformedError("receipt: the extra line, which carries the leaf, is missing")
        leaf = base64_decode(lines.pop(0).removeprefix("extra "), "receipt extra")
        if not lines or not (index := re.fullmatch(r"index (0|[1-9][0-9]{0,18})", lines.pop(0))):
            raise MalformedError("receipt: the index line must be 'index N'")
        proof = [base64_decode(line, "receipt hash") for line in lines]
        if len(proof) > _MAX_HASHES or any(len(item) != HASH_BYTES for item in proof):
            raise MalformedError(f"receipt: at most {_MAX_HASHES} hashes of 32 bytes")
        return cls(leaf, int(index[1]), proof, checkpoint)

    def verify(self, known: Sequence[NoteKey]) -> Checkpoint:
        """Verify the checkpoint's signature and the leaf's inclusion, and return the checkpoint.

        Raises:
            MalformedError: the note is not a checkpoint.
            InvalidError: the signature or the proof is not valid.
        """
        checkpoint = open_checkpoint(self.checkpoint, known)
        verify_inclusion(self.index, checkpoint.size, leaf_hash(self.leaf), self.proof, checkpoint.root)
        return checkpoint
