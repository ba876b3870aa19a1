"""Tests of official documents: the PDF has the layout of GB/T 9704-2012."""

import io
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from exchange.pages import fonts
from exchange.pages.document import set_page
from exchange.pages.title_lines import title_lines
from registry.agencies import Agency
from registry.documents.document import DocumentDraft, File, Urgency
from tests.support.rendering import pdfium, red, share, square
from tests.support.sealing import AGENCY
from tests.unit.exchange.pages.test_fonts import make_font

MM = 72 / 25.4
LEFT, RIGHT, TOP, BOTTOM = 28.0, 184.0, 37.0, 262.0
SENTENCE = "各单位应当自收到本通知之日起十个工作日内完成本单位数据目录核对逐项填写核对表并提出校核意见报送我局汇总"
Line = tuple[str, float, float, float, float]


def draft(text: str, **changes: object) -> DocumentDraft:
    values = {
        "number": "苏数〔2026〕7号",
        "title": "关于开展核查的通知",
        "issued_on": date(2026, 11, 2),
        "recipients": (),
    }
    return DocumentDraft(text=text, **values | changes)  # type: ignore[arg-type]


def made(text: str, recipients: list[str] | None = None, name: str = "苏州市数据局", **changes: object) -> bytes:
    return set_page(draft(text, **changes), Agency(AGENCY, name, "320500"), recipients or ["苏州市教育局"])


def lines_of(pdf: bytes) -> list[list[Line]]:
    """Return the lines of each page from the top: text, and edges in millimetres."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [list(_lines(page.get_textpage(), page.get_height())) for page in document]


def _lines(text: pypdfium2.PdfTextPage, height: float) -> Iterator[Line]:
    found = []
    for at in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(at, loose=True)
        found.append((height - bottom, left, height - top, right, text.get_text_range(at, 1)))
    rows: list[list[tuple[float, float, float, float, str]]] = []
    for item in sorted(item for item in found if item[4].strip()):
        if not rows or item[0] - rows[-1][0][0] > 1.5 * MM:
            rows.append([])
        rows[-1].append(item)
    for row in rows:
        edges = min(item[1] for item in row), min(item[2] for item in row), max(item[3] for item in row), row[-1][0]
        yield "".join(item[4] for item in sorted(row, key=lambda item: item[1])), *(value / MM for value in edges)


def line(pdf: bytes, start: str) -> Line:
    return next(item for page in lines_of(pdf) for item in page if item[0].startswith(start))


def test_a_full_page_has_22_lines_of_28_characters_in_the_text_block() -> None:
    full = lines_of(made(SENTENCE * 30))[1]
    body = full[:-1]
    assert [len(item[0]) for item in body] == [28] * 22
    assert all(item[1] == pytest.approx(LEFT, abs=1) and item[3] == pytest.approx(RIGHT, abs=1) for item in body)
    middles = [(item[2] + item[4]) / 2 for item in body]
    steps = [after - before for before, after in pairwise(middles)]
    assert steps == [pytest.approx((225 - 16 / MM) / 21, abs=0.1)] * 21
    assert (middles[0] - 8 / MM, middles[-1] + 8 / MM) == (pytest.approx(TOP, abs=1), pytest.approx(BOTTOM, abs=1))


def test_page_numbers_are_right_on_odd_pages_and_left_on_even_pages() -> None:
    pages = lines_of(made(SENTENCE * 30))
    numbers = [page[-1] for page in pages]
    assert [item[0] for item in numbers] == [f"—{at}—" for at in range(1, len(pages) + 1)]
    cell = 156 / 28
    for at, (_, left, top, right, bottom) in enumerate(numbers, 1):
        assert (top + bottom) / 2 == pytest.approx(BOTTOM + 7, abs=1)
        assert (right == pytest.approx(RIGHT - cell, abs=1)) if at % 2 else (left == pytest.approx(LEFT + cell, abs=1))


def test_the_head_has_the_mark_the_number_and_a_red_line_in_their_places() -> None:
    pdf = made("各单位应当开展核查。", urgency=Urgency.URGENT)
    mark, number, title = line(pdf, "苏州市数据局文件"), line(pdf, "苏数"), line(pdf, "关于开展")
    assert line(pdf, "加急")[1:3] == (pytest.approx(LEFT, abs=1), pytest.approx(TOP, abs=2))
    assert mark[2] == pytest.approx(TOP + 35, abs=4)
    for item in (mark, number, title):
        assert (item[1] + item[3]) / 2 == pytest.approx((LEFT + RIGHT) / 2, abs=1)
    assert number[4] < title[2]
    rule = square(pdfium(pdf), 106, number[4] + 4, 4)
    assert share(rule.crop((0, 0, rule.width, rule.height)), red) > 0.05


@pytest.mark.parametrize(
    "name", ["苏州市数据局", "新疆维吾尔自治区市场监督管理局行政审批服务中心", "Suzhou Municipal Data Bureau"]
)
@pytest.mark.parametrize("attached", [0, 1, 3])
def test_the_seal_is_over_agency_and_date_and_within_a_line_of_the_text(name: str, attached: int) -> None:
    files = tuple(File(f"核对表{at}.csv", "text/csv", b"1") for at in range(attached))
    pdf = made(SENTENCE * 5, name=name, attachments=files)
    [field] = PdfFileReader(io.BytesIO(pdf)).root["/AcroForm"]["/Fields"]
    x1, y1, x2, y2 = (float(value) / MM for value in field.get_object()["/Rect"])
    (left, top), (right, bottom) = (x1, 297 - y2), (x2, 297 - y1)
    last = lines_of(pdf)[-1]
    [date_line] = [item for item in last if item[0] == "2026年11月2日"]
    [agency] = [item for item in last if item[0] == name.replace(" ", "") and item[4] < date_line[4]]
    assert right - left == pytest.approx(42, abs=1)
    assert left < date_line[1]
    assert date_line[3] < right
    for _, begin, _, end, _ in (agency, date_line):
        assert (begin + end) / 2 == pytest.approx((left + right) / 2, abs=1)
    middle = (agency[2] + date_line[4]) / 2
    assert (top + bottom) / 2 < middle < date_line[4] < bottom
    above = [item for item in last if item[4] < agency[2]]
    assert 0 < top - above[-1][4] < 225 / 22
    assert RIGHT - date_line[3] >= 4 * 156 / 28 - 1


def test_the_foot_is_on_the_lower_edge_of_the_last_page() -> None:
    pdf = made(SENTENCE * 5)
    printed = lines_of(pdf)[-1][-2]
    assert printed[0] == "苏州市数据局2026年11月2日印发"
    assert (printed[1], printed[3]) == (pytest.approx(LEFT + 5, abs=1), pytest.approx(RIGHT - 5, abs=1))
    page = pdfium(pdf)
    rule = round(BOTTOM / 25.4 * 100)
    assert any(max(page.getpixel((400, y))) < 120 for y in range(rule - 3, rule + 2))  # type: ignore[type-var, arg-type]


def test_copies_are_named_above_the_agency_at_the_foot() -> None:
    pdf = set_page(
        draft(SENTENCE), Agency(AGENCY, "苏州市数据局", "320500"), ["苏州市教育局"], ["苏州市公安局", "苏州市民政局"]
    )
    copies, printed = lines_of(pdf)[-1][-3:-1]
    assert copies[0] == "抄送：苏州市公安局，苏州市民政局。"
    assert printed[0].endswith("印发")


def test_many_recipients_go_to_the_foot_so_that_the_first_page_shows_text() -> None:
    pdf = made(SENTENCE * 5, [f"苏州市人力资源和社会保障局第{at}分局" for at in range(9)])
    first, *_, last = lines_of(pdf)
    assert any(item[0].startswith("各单位应当") for item in first)
    assert any(item[0].startswith("主送：苏州市") for item in last)


@pytest.mark.parametrize("count", [1, 20, 60, 120, 180, 220, 260, 300, 500])
@pytest.mark.parametrize("attached", [0, 1])
@pytest.mark.parametrize("before", ["", SENTENCE + "\n一、范围\n"])
def test_the_first_page_and_that_of_the_seal_have_text(count: int, attached: int, before: str) -> None:
    files = (File("核对表.csv", "text/csv", b"1"),) * attached
    pages = lines_of(made(f"{before}{'办' * count}", attachments=files))
    assert any("办" in item[0] or "单位" in item[0] for item in pages[0])
    assert any("办" in item[0] for item in pages[-1])


def test_headings_are_in_faces_of_their_own_and_a_whole_sentence_is_none(tmp_path: Path) -> None:
    for family, characters in (("SimHei", "核"), ("KaiTi", "准"), ("FangSong", "按")):
        make_font(tmp_path / f"{family}.ttf", 0, family, characters)
    fonts.use(tmp_path)
    try:
        plain = made("一、核查按\n（一）准确。准按\n" + "二、" + SENTENCE)
    finally:
        fonts.use(Path("/none"))
    shown = embedded(plain)
    assert {"SimHei", "KaiTi", "FangSong"} <= {name.split("+")[-1].split("-")[0] for name in shown}


def embedded(pdf: bytes) -> dict[str, bool]:
    """Return, by font, whether it is embedded in the PDF."""
    found = {}
    for item in PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Kids"]:
        for entry in item.get_object()["/Resources"]["/Font"].values():
            font = entry.get_object()
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            found[str(inner["/BaseFont"])[1:]] = bool(
                {"/FontFile", "/FontFile2", "/FontFile3"} & inner["/FontDescriptor"].keys()
            )
    return found


def test_every_font_of_a_document_is_embedded() -> None:
    found = embedded(made("一、核查范围\n各单位2026年开展核查。"))
    assert any("NotoSerifSC" in name for name in found)
    assert all(found.values())


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于开展核查的通知", 1),
        ("关于2026年第1季度公共数据共享核查情况的通报", 2),
        ("关于进一步规范和加强全区公共数据资源目录编制与更新以及电子证照归集共享核验应用工作有关事项的通知", 3),
    ],
)
def test_a_long_title_is_broken_evenly_and_no_line_begins_with_a_mark(title: str, lines: int) -> None:
    found = title_lines(title)
    assert "".join(found) == title
    assert len(found) == lines
    assert max(map(len, found)) - min(map(len, found)) <= 6
    assert not any(item[0] in "，、》）的" for item in found)
    assert not any(before[-1].isascii() and after[0].isascii() for before, after in pairwise(found))
