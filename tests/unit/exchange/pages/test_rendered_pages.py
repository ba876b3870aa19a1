"""Tests of rendered pages: the seal is red, upright and in place, and the text is readable."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pypdfium2
import pytest
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import enumerate_sig_fields

from exchange.pages.document import set_page
from exchange.pages.license import Page, make_pdf
from exchange.pages.pades import Stamping, seal_pdf
from exchange.pages.place import Appearance, place_of
from exchange.pages.reader import open_pdf
from exchange.pages.seal_field import with_seal_field
from exchange.pages.seal_picture import round_seal, square_seal
from exchange.pages.spot import At
from exchange.pages.typesetting import draw_png, set_pdf
from keys.authority import Holder
from keys.certificates import Use, der, now_utc
from keys.suites import SUITES
from keys.timestamp_authority import TimestampAuthority
from registry.agencies import Agency
from registry.documents.document import DocumentDraft
from registry.errors import RuleError
from registry.licenses.fields import LicenseField
from registry.licenses.license import Draft, License
from registry.licenses.states import LicenseState
from tests.support.rendering import RENDERERS, Renderer, dark, differs, inked, pdfium, red, share, square, white
from tests.support.sealing import AGENCY, DRAFT, KIND, Sealing

WORLD = Sealing.make()
NAME = "苏州市公安局"
PICTURE = draw_png(round_seal(NAME))
LINES = b"".join("苏州市公安局二〇二六年十一月二十二日苏州市公安局二〇二六年 \\ ".encode() for _ in range(26))
PLAIN = set_pdf(b'#set page(margin: 2cm)\n#set text(font: "Noto Sans CJK SC", size: 14pt)\n' + LINES, {}, "x")


def stamping() -> Stamping:
    key = SUITES["ES256"].generate()
    own = WORLD.issuing.issue(Use.TSA, Holder("clock"), key.verifier.spki, timedelta(days=9), now_utc())
    return Stamping(WORLD.signer, WORLD.chain, TimestampAuthority(key, (der(own), der(WORLD.issuing.certificate))))


def changed(pdf: bytes, **entries: generic.PdfObject) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    for name, value in entries.items():
        page[f"/{name}"] = value
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def box(*corners: float) -> generic.ArrayObject:
    return generic.ArrayObject(generic.FloatObject(value) for value in corners)


SHOWN = {
    "as it is": PLAIN,
    **{f"turned {turn}": changed(PLAIN, Rotate=generic.NumberObject(turn)) for turn in (90, 180, 270, -90, 450)},
    "cropped": changed(PLAIN, CropBox=box(40, 60, 560, 800)),
    "cropped and turned": changed(PLAIN, CropBox=box(40, 60, 560, 800), Rotate=generic.NumberObject(90)),
    "cropped beyond itself": changed(PLAIN, CropBox=box(-100, -100, 900, 900)),
    "off the origin": changed(PLAIN, MediaBox=box(-50, -80, 545, 762)),
}


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize("shown", SHOWN)
def test_a_seal_is_ink_upright_and_where_it_was_asked_for(shown: str, render: Renderer) -> None:
    at = Appearance(PICTURE, 42, At(0, 120, 130))
    before, after = render(SHOWN[shown]), render(seal_pdf(SHOWN[shown], [], stamping(), at))
    expected = before.copy()
    half = 21 * 100 / 25.4
    left, top = round(120 * 100 / 25.4 - half), round(130 * 100 / 25.4 - half)
    expected.paste(inked(square(before, 120, 130, 42), PICTURE), (left, top))
    assert differs(square(after, 120, 130, 50), square(expected, 120, 130, 50)) < 7
    assert differs(after, expected) < 0.5  # nothing else on the page has changed


def test_the_page_that_a_seal_is_asked_for_has_it_and_no_other() -> None:
    plain = set_pdf(b"#pagebreak()#pagebreak()", {}, "x")
    for asked, wanted in ((0, [0, 0, 1]), (1, [1, 0, 0]), (2, [0, 1, 0])):
        with pypdfium2.PdfDocument(
            seal_pdf(plain, [], stamping(), Appearance(PICTURE, 42, At(asked, 120, 130)))
        ) as pdf:
            pdf.init_forms()
            seen = [share(page.render(scale=1).to_pil().convert("RGB"), red) > 0 for page in pdf]
        assert seen == [bool(item) for item in wanted]


def test_a_page_that_is_turned_by_no_quarter_bears_no_seal() -> None:
    with pytest.raises(RuleError, match="multiple of 90"):
        seal_pdf(
            changed(PLAIN, Rotate=generic.NumberObject(45)), [], stamping(), Appearance(PICTURE, 42, At(0, 120, 130))
        )


@pytest.mark.parametrize("crop", [(0, 0, 99, 99), (0, 0, 0, 0), (2000, 2000, 3000, 3000)])
def test_a_page_that_is_too_small_for_a_seal_is_named(crop: tuple[float, ...]) -> None:
    with pytest.raises(RuleError, match="too small for the seal") as caught:
        seal_pdf(changed(PLAIN, CropBox=box(*crop)), [], stamping(), Appearance(PICTURE, 42, At(0, 30, 30)))
    assert caught.value.field == "pdf"


def test_a_page_with_its_own_units_has_the_seal_at_the_requested_position() -> None:
    doubled = changed(PLAIN, UserUnit=generic.FloatObject(2))
    places = [
        place_of(IncrementalPdfFileWriter(io.BytesIO(pdf)), 42, At(0, x, y)).corners
        for pdf, x, y in ((PLAIN, 60, 65), (doubled, 120, 130))
    ]
    middles = [((left + right) / 2, (bottom + top) / 2) for left, bottom, right, top in places]
    assert middles[0] == pytest.approx(middles[1], abs=1)
    assert places[1][2] - places[1][0] == pytest.approx(42 / 25.4 * 72 / 2, abs=1)


def test_a_seal_goes_into_the_empty_field_of_its_size() -> None:
    for size, found in ((42, ["Here"]), (38, ["Here", "Seal1"])):
        plain = with_seal_field(PLAIN, "Here", size, At(1, 80, 90))
        sealed = seal_pdf(plain, [], stamping(), Appearance(PICTURE, 42))
        assert [name for name, _, _ in enumerate_sig_fields(open_pdf(sealed))] == found
        assert (share(square(pdfium(sealed), 80, 90, 42), red) > 0.05) is (size == 42)
        asked = seal_pdf(plain, [], stamping(), Appearance(PICTURE, 42, At(1, 60, 200)))
        assert share(square(pdfium(asked), 60, 200, 42), red) > 0.05


@pytest.mark.parametrize("render", RENDERERS)
def test_black_text_below_a_seal_stays_black(render: Renderer) -> None:
    full = io.BytesIO()
    Image.new("RGBA", (40, 40), "#c8102e").save(full, "PNG")
    after = render(seal_pdf(PLAIN, [], stamping(), Appearance(full.getvalue(), 42, At(0, 120, 130))))
    before = share(square(render(PLAIN), 120, 130, 40), dark)
    assert share(square(after, 120, 130, 40), dark) > 0.95 * before > 0.05
    assert share(square(after, 120, 130, 40), red) > 0.6


@pytest.mark.parametrize("render", RENDERERS)
def test_a_name_seal_is_small_and_red_too(render: Renderer) -> None:
    picture = draw_png(square_seal("欧阳建国"))
    page = render(seal_pdf(set_pdf(b"", {}, "x"), [], stamping(), Appearance(picture, 20, At(1, 60, 60))))
    assert share(square(page, 60, 60, 20), red) > 0.15
    assert share(square(page, 60, 60, 30), white) > 0.5
    assert share(page, dark) == 0


@pytest.mark.parametrize("render", RENDERERS)
def test_a_sealed_document_shows_its_agency_and_date_through_the_seal(render: Renderer) -> None:
    draft = DocumentDraft(
        "苏数〔2026〕7号", "关于开展核查的通知", date(2026, 11, 22), (), "各单位应当按照要求开展核查。"
    )
    plain = set_page(draft, Agency(AGENCY, NAME, "320500"), ["苏州市教育局"])
    after = render(seal_pdf(plain, [], stamping(), Appearance(PICTURE, 42)))
    [field] = open_pdf(plain).root["/AcroForm"]["/Fields"]
    left, bottom, *_ = (float(value) * 25.4 / 72 for value in field.get_object()["/Rect"])
    at = left + 21, 297 - bottom - 21
    within = square(after, *at, 42)
    assert share(within, red) > 0.08
    assert share(within, white) > 0.5
    assert share(within, dark) > 0.8 * share(square(render(plain), *at, 42), dark) > 0.01
    assert share(square(after, 14, 14, 10), white) == 1


def license_of(draft: Draft) -> License:
    return License(
        "1.2.156.3005.2.x", KIND.id, 1, draft.number, AGENCY, draft.request, 1, draft.holders, draft.fields, draft.valid_from,
        draft.valid_to, datetime(2026, 1, 1, tzinfo=UTC), LicenseState.VALID, 1, 1, 7, WORLD.envelope(), "ab" * 32,
    )  # fmt: skip


@pytest.mark.parametrize("render", RENDERERS)
def test_a_name_that_is_longer_than_its_line_is_shown_whole(render: Renderer) -> None:
    long = replace(DRAFT.holders[0], name="MUHAMMAD" * 12)
    draft = replace(DRAFT, holders=(long,), fields={"address": "Ä" * 90})
    pdf = make_pdf(license_of(draft), Page(KIND, NAME, WORLD.qr()), stamping())
    assert share(render(pdf).crop((740, 0, 827, 900)), dark) == 0  # right of the table
    shown = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded().replace("\r\n", "")
    assert shown.replace("\u200b", "").count("MUHAMMAD") == 12


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize("count", [12, 15, 18, 30])
def test_no_row_of_a_license_is_below_its_code_or_its_seal(count: int, render: Renderer) -> None:
    rows = {f"row{at}": f"平江路 {at} 号" for at in range(count)}
    kind = replace(KIND, fields=tuple(LicenseField(name, "居住地址", "Address", "KZ_JZDZ") for name in rows))
    draft = replace(DRAFT, fields=rows)
    page, below = Page(kind, NAME, WORLD.qr()), (80, 890, 747, 1110)
    filled = render(make_pdf(license_of(draft), page, stamping()))
    empty = render(make_pdf(license_of(replace(DRAFT, fields={})), page, stamping()))
    assert filled.crop(below).tobytes() == empty.crop(below).tobytes()


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize("watermark", ["", "仅供苏州市人社局办理落户使用"])
def test_a_license_page_shows_its_seal_and_what_is_below_it(watermark: str, render: Renderer) -> None:
    page = render(make_pdf(license_of(DRAFT), Page(KIND, NAME, WORLD.qr(), watermark), stamping()))
    within = square(page, 148, 246, 42)
    assert share(within, red) > 0.06
    assert share(within, white) > 0.4
    assert share(within, dark) > 0.005
