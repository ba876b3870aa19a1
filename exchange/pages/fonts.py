"""Fonts of pages and pictures: those that the packages bring, and those that an operator lays into a folder.

Noto Sans CJK and Noto Sans Arabic (both OFL) are always there; no package has Tibetan, Mongolian, Yi or the rarest
ideographs, so that a node that shows such names is given fonts of its own. A font is used only if it may be embedded
(OS/2 fsType). A character that no font has is refused before anything is made of it.
"""

from functools import cache
from pathlib import Path
from typing import Any

import fontpkg_noto_sans_arabic
import noto_cjk_sans_otc
import typst
from fontTools.ttLib import TTFont

from registry.errors import RuleError
from registry.names import visible

_PACKAGES = tuple(Path(item.__file__).parent for item in (noto_cjk_sans_otc, fontpkg_noto_sans_arabic))
_FIRST = ("Noto Sans CJK SC", "Noto Sans Arabic")
_RESTRICTED, _BITMAPS_ONLY = 0x0002, 0x0200
_USES = 0x000E  # restricted, preview and print, editable
_added: list[Path] = []


def use(folder: Path) -> None:
    """Use the fonts in a folder, too, if it is there: once, before anything is set."""
    _added[:] = [folder] if folder.is_dir() else []


def require_glyphs(title: str, text: str) -> None:
    """Refuse a text that would be set with a blank.

    Raises:
        RuleError: no font has a character; ``title`` and the character are named.
    """
    missing = set(visible(text)).difference(*glyphs().values())
    if missing:
        code = f"U+{ord(min(missing)):04X}"
        raise RuleError(title, f"no font here has a glyph for {code}; a page with a blank is not made")


def families() -> list[str]:
    """The families to set text in, in the order in which they are tried."""
    return list(glyphs())


def family_of(character: str) -> str:
    """The first family that has a character."""
    return next((name for name, known in glyphs().items() if character in known), _FIRST[0])


def glyphs() -> dict[str, frozenset[str]]:
    """By family, the characters that all its faces have."""
    return _glyphs(tuple(_added))


def opened() -> Any:
    """The fonts as Typst reads them, opened once."""
    return _opened(tuple(_added))


@cache
def _opened(added: tuple[Path, ...]) -> Any:
    paths = [str(path) for path in (*_PACKAGES, *added)]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)


@cache
def _glyphs(added: tuple[Path, ...]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for face in _opened(added).fonts():
        own = any(Path(face.path).is_relative_to(path) for path in _PACKAGES)
        if own and face.family not in _FIRST:
            continue  # the same ideographs as other regions write them
        characters = _characters(Path(face.path), face.index)
        found[face.family] = found.get(face.family, characters) & characters
    return {name: found[name] for name in (*_FIRST, *sorted(found.keys() - _FIRST)) if found[name]}


def _characters(path: Path, index: int) -> frozenset[str]:
    with TTFont(path, fontNumber=index, lazy=True) as font:
        kind = font["OS/2"].fsType if "OS/2" in font else 0
        if kind & _USES == _RESTRICTED or kind & _BITMAPS_ONLY:
            return frozenset()
        return frozenset(map(chr, font.getBestCmap() or ()))
