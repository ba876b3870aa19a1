"""Addresses of C2SP tlog-tiles.

``tile/<level>/<number>[.p/<width>]`` and ``tile/entries/<number>[.p/<width>]``
"""

import re
from dataclasses import dataclass

from registry.errors import RuleError
from registry.ledger.append import TILE

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_MAX_LEVEL = 7
_MAX_NUMBER = 2**55
"""The number of tiles of 256 entries in a log of at most 2^63 entries."""


@dataclass(frozen=True, slots=True)
class TileAddress:
    """A tile of hashes at ``level``, or of entries if ``level`` is None; ``width`` is 1 to 256."""

    level: int | None
    number: int
    width: int = TILE

    @property
    def path(self) -> str:
        """The path below the log's prefix, with the number in groups of three digits."""
        groups = re.findall(r"[0-9]{3}", f"{self.number:0{-(-len(str(self.number)) // 3) * 3}d}")
        number = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
        level = "entries" if self.level is None else str(self.level)
        return f"tile/{level}/{number}" + ("" if self.width == TILE else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> "TileAddress":
        """Parse an address.

        Raises:
            RuleError: the path is not a canonical tile address.
        """
        match = _PATH.fullmatch(path)
        if match is None:
            raise RuleError(
                "tile", "must be tile/<level>/<number> or tile/entries/<number>, with .p/<width> if partial"
            )
        level = None if match[1] == "entries" else int(match[1])
        found = cls(level, int(re.sub(r"[x/]", "", match[2])), int(match[3] or TILE))
        if found.path != path or (level or 0) > _MAX_LEVEL or found.number >= _MAX_NUMBER or found.width > TILE:
            raise RuleError("tile", "not in its canonical spelling")
        return found
