"""Tests of fonts: a page shows all of its characters, or is not made."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

from exchange.pages import fonts
from exchange.pages.document import set_page
from exchange.pages.license_rows import require_shown
from exchange.pages.seal_picture import square_seal
from exchange.pages.typesetting import draw_png
from registry.agencies import Agency
from registry.documents.document import DocumentDraft
from registry.errors import RuleError
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import Draft
from tests.support.sealing import KIND

AGENCY = Agency("113205000000140157", "苏州市数据局", "320500")
RARE = "\U0002ebf0"  # Ext I, made for real-name systems; younger than Python 3.11's tables
DEBIAN = Path("/usr/share/fonts/truetype/noto")


@pytest.fixture
def rare_font(tmp_path: Path) -> Iterator[Path]:
    """Write a font with one rare character, a black square, to a folder."""
    yield make_font(tmp_path / "rare.ttf", 0).parent
    fonts.use(Path("/none"))


def make_font(path: Path, kind: int, family: str = "Rare", character: str = RARE) -> Path:
    appender = TTGlyphPen(None)
    appender.moveTo((100, 0))
    for point in ((100, 800), (900, 800), (900, 0)):
        appender.lineTo(point)
    appender.closePath()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", "rare"])
    made.setupCharacterMap({ord(character): "rare"})
    made.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "rare": appender.glyph()})
    made.setupHorizontalMetrics({".notdef": (1000, 0), "rare": (1000, 100)})
    made.setupHorizontalHeader(ascent=880, descent=-120)
    names = {
        "familyName": family,
        "styleName": "Regular",
        "fullName": f"{family} Regular",
        "psName": f"{family}-Regular",
    }
    made.setupNameTable(names)
    made.setupOS2(fsType=kind, version=4)
    made.setupPost()
    made.save(path)
    return path


def draft(name: str) -> Draft:
    holder = Holder(HolderKind.CITIZEN_ID, "650102199406180284", name)
    return Draft(KIND.id, "1", "1", (holder,), {}, date(2026, 1, 1))


def test_a_name_that_no_font_shows_is_refused_before_a_license_is_issued() -> None:
    with pytest.raises(RuleError, match=r"U\+2EBF0") as caught:
        require_shown(draft(f"{RARE}三"), KIND, "苏州市公安局")
    assert caught.value.field == "holders"


def test_a_type_whose_english_name_no_font_shows_is_refused_too() -> None:
    with pytest.raises(RuleError, match=r"U\+2EBF0") as caught:
        require_shown(draft("张三"), replace(KIND, name_en=f"Permit {RARE}"), "苏州市公安局")
    assert caught.value.field == "type"


def test_a_rare_name_is_shown_once_a_font_for_it_is_laid_in(rare_font: Path) -> None:
    fonts.use(rare_font)
    require_shown(draft(f"{RARE}三"), KIND, "苏州市公安局")
    assert ink(RARE * 8) > 3 * ink("三" * 8) > 0
    with Image.open(io.BytesIO(draw_png(square_seal(RARE)))) as seal:
        left, top, right, bottom = (seal.width * part // 20 for part in (8, 5, 12, 8))
        middle = seal.convert("RGBA").crop((left, top, right, bottom)).getchannel("A")
    assert middle.getextrema()[0] > 0  # a square, and not the outline of a missing glyph


@pytest.mark.parametrize("kind", [0x0002, 0x0200])
def test_a_font_that_may_not_be_embedded_is_not_used(rare_font: Path, kind: int) -> None:
    make_font(rare_font / "rare.ttf", kind)
    fonts.use(rare_font / ".")
    with pytest.raises(RuleError, match=r"U\+2EBF0"):
        fonts.require_glyphs("holder", RARE)


@pytest.mark.parametrize(
    ("face", "family"),
    [
        ("fangsong", "FangSong_GB2312"),
        ("kai", "KaiTi"),
        ("title", "FZXiaoBiaoSong-B05S"),
        ("song", "SimSun"),
        ("hei", "SimHei"),
    ],
)
def test_a_typeface_that_an_operator_lays_in_is_preferred(rare_font: Path, face: str, family: str) -> None:
    shipped = fonts.families()[face][0]
    make_font(rare_font / "own.ttf", 0, family, "国")
    fonts.use(rare_font)
    assert fonts.families()[face][:2] == [family, shipped]
    others = [names for other, names in fonts.families().items() if other != face]
    assert all(names.index(family) > names.index(fonts.SERIF) for names in others)


@pytest.mark.parametrize("name", ["ئەخمەت", "阿依努尔·买买提", "䶮\u9fb4㑇", "葛\U000e0100"])
def test_shipped_fonts_have_arabic_script_and_the_characters_of_gbk(name: str) -> None:
    fonts.require_glyphs("holder", name)
    assert ink(name) > 0


@pytest.mark.skipif(not (DEBIAN / "NotoSerifTibetan-Regular.ttf").exists(), reason="fonts-noto-core is not installed")
@pytest.mark.parametrize("name", ["ཚེ་རིང་", "ꆀꉙ", "ᠪᠠᠲᠤ"])
def test_added_fonts_show_tibetan_yi_and_mongolian(name: str) -> None:
    fonts.use(DEBIAN)
    try:
        assert ink(name) > 0
    finally:
        fonts.use(Path("/none"))


def ink(text: str) -> int:
    """Return the number of dark pixels that a text adds to a page."""
    return _dark(text) - _dark("\u3000")


def _dark(text: str) -> int:
    draft = DocumentDraft("1", "题", date(2026, 1, 1), (AGENCY.uscc,), text=f"。{text}")
    page = pypdfium2.PdfDocument(set_page(draft, AGENCY, [AGENCY.name]))[0]
    return int((page.render(scale=2).to_numpy() < 128).sum())
