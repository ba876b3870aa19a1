"""Tests of seal pictures: all characters are shown, within the seal."""

import io
import re

import pytest
from PIL import Image

from exchange.pages.fonts import require_glyphs
from exchange.pages.seal_picture import round_seal, square_seal
from exchange.pages.typesetting import draw_png
from registry.errors import RuleError

NAMES = ("局", "苏州市数据局", "苏州市人力资源和社会保障局", "新疆维吾尔自治区市场监督管理局行政审批服务中心")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["", "合同专用章", "电子证照专用章"])
def test_a_round_seal_bears_every_character_inside_its_ring(name: str, kind: str) -> None:
    drawing = round_seal(name, kind)
    assert re.findall(r">([^<]+)</text>", drawing) == [*name, *([kind] if kind else [])]
    with Image.open(io.BytesIO(draw_png(drawing))) as picture:
        assert picture.size[0] == picture.size[1]
        corners = picture.convert("RGBA").getpixel((2, 2))
        assert corners[3] == 0  # type: ignore[index]  # transparent: a seal is over text
    for x, y in re.findall(r"translate\(([\d.]+) ([\d.]+)\)", drawing):
        assert (float(x) - 210) ** 2 + (float(y) - 210) ** 2 <= 195**2


@pytest.mark.parametrize(
    ("holder", "shown"), [("王建国", "王建国印"), ("王建", "王建"), ("欧阳建国", "欧阳建国"), ("阿依努尔·买买提", None)]
)
def test_a_name_seal_is_square_and_read_from_the_right(holder: str, shown: str | None) -> None:
    drawing = square_seal(holder)
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<])</text>', drawing)
    assert "".join(character for _, _, character in found) == (shown or holder)
    assert all(0 < float(x) < 200 and 0 < float(y) < 200 for x, y, _ in found)
    assert [float(x) for x, _, _ in found] == sorted((float(x) for x, _, _ in found), reverse=True)
    assert len(draw_png(drawing)) < 20_000


def test_seals_are_cut_in_a_serif_face() -> None:
    for drawing in (round_seal("苏州市数据局", "合同专用章"), square_seal("王建国")):
        assert set(re.findall('font-family="([^"]+)"', drawing)) == {"Noto Serif SC"}


def test_names_are_text_and_never_markup() -> None:
    drawing = round_seal('<script>"&', "</text>")
    assert "<script>" not in drawing
    assert draw_png(drawing)


def test_a_character_that_the_font_lacks_is_refused_by_name() -> None:
    with pytest.raises(RuleError, match=r"U\+1F600") as caught:
        require_glyphs("holder", "\U0001f600")
    assert caught.value.field == "holder"
