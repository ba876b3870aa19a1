"""Fonts of pages and pictures: those of the packages, and those in an operator's folder.

Noto Serif SC, Noto Sans CJK and Noto Sans Arabic (all OFL) are always available. No package has 仿宋, 楷体 or 小标宋,
which GB/T 9704 requires: Noto Serif SC replaces them until the folder has a known family. No package has Tibetan,
Mongolian, Yi or the rarest ideographs either. A font is used only if it permits embedding (OS/2 fsType). A character
without font is refused before a page is made.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg_noto_sans_arabic
import noto_cjk_sans_otc
import pylopdf_fonts_zh_cn
import typst
from fontTools.ttLib import TTFont

from registry.errors import RuleError
from registry.names import visible

_PACKAGES = (
    pylopdf_fonts_zh_cn.serif_path().parent, Path(noto_cjk_sans_otc.__file__).parent,
    Path(fontpkg_noto_sans_arabic.__file__).parent,
)  # fmt: skip
SERIF, SANS = "Noto Serif SC", "Noto Sans CJK SC"
_FIRST = (SERIF, SANS, "Noto Sans Arabic")


class Face(StrEnum):
    """The typefaces of official pages."""

    SONG = "song"
    FANGSONG = "fangsong"
    TITLE = "title"
    HEI = "hei"
    KAI = "kai"


PREFERRED: Mapping[Face, tuple[str, ...]] = {
    Face.SONG: ("SimSun", "宋体", "STSong", "华文宋体", "FandolSong", SERIF),
    Face.FANGSONG: (
        "FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", "华文仿宋", "FZFangSong-Z02",
        "FandolFang R", "Zhuque Fangsong", "Zhuque Fangsong (technical preview)", SERIF,
    ),
    Face.TITLE: (
        "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK", "STZhongsong", "华文中宋",
        SERIF,
    ),
    Face.HEI: ("SimHei", "黑体", "STHeiti", "华文黑体", "FZHei-B01S", "FandolHei", SANS),
    Face.KAI: (
        "KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "STKaiti", "华文楷体", "FZKai-Z03S", "FandolKai",
        "LXGW WenKai GB", "LXGW WenKai", "AR PL UKai CN", "AR PL KaitiM GB", SERIF,
    ),
}  # fmt: skip
"""The families to look for by typeface, with the shipped substitute last."""

_RESTRICTED, _BITMAPS_ONLY = 0x0002, 0x0200
_USES = 0x000E  # restricted, preview and print, editable
_added: list[Path] = []


def use(folder: Path) -> None:
    """Add the fonts of a folder, if it exists; call it once, before typesetting."""
    _added[:] = [folder] if folder.is_dir() else []


def require_glyphs(title: str, text: str) -> None:
    """Refuse a text with a character that no font has.

    Raises:
        RuleError: no font has a character; names ``title`` and the character.
    """
    missing = set(visible(text)).difference(*glyphs().values())
    if missing:
        code = f"U+{ord(min(missing)):04X}"
        raise RuleError(title, f"no font here has a glyph for {code}; a page with a blank is not made")


def families() -> dict[str, list[str]]:
    """Return the families to use by typeface, in order of preference."""
    known = list(glyphs())
    found = {face.value: [name for name in names if name in known] for face, names in PREFERRED.items()}
    return {face: [*names, *(name for name in known if name not in names)] for face, names in found.items()}


def family_of(character: str) -> str:
    """Return the first family of 宋体, the typeface of seals, that has a character."""
    known = glyphs()
    return next((name for name in families()["song"] if character in known[name]), SERIF)


def glyphs() -> dict[str, frozenset[str]]:
    """Return the characters that all faces of a family have, by family."""
    return _glyphs(tuple(_added))


def opened() -> Any:
    """Return the fonts in Typst's form, loaded once."""
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
            continue  # variants of the same ideographs for other regions
        characters = _characters(Path(face.path), face.index)
        found[face.family] = found.get(face.family, characters) & characters
    return {name: found[name] for name in (*_FIRST, *sorted(found.keys() - _FIRST)) if found[name]}


def _characters(path: Path, index: int) -> frozenset[str]:
    with TTFont(path, fontNumber=index, lazy=True) as font:
        kind = font["OS/2"].fsType if "OS/2" in font else 0
        if kind & _USES == _RESTRICTED or kind & _BITMAPS_ONLY:
            return frozenset()
        return frozenset(map(chr, font.getBestCmap() or ()))
