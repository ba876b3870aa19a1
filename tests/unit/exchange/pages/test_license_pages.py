"""Tests of license pages: all shipped types show all fields, the seal, and a readable code."""

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import yaml
import zxingcpp
from PIL import Image
from pydantic import TypeAdapter

from exchange.demo.permits import portrait
from exchange.pages.license import Page, make_pdf
from exchange.pages.license_rows import fields_of
from exchange.pages.qr import qr_png
from keys.license import check_license
from keys.qr import code_of, code_url
from registry.errors import RuleError
from registry.licenses.fields import LicenseField
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import License
from registry.licenses.types import FieldType, LicenseType
from tests.support.rendering import red, share
from tests.support.sealing import DRAFT
from tests.unit.exchange.pages.test_document_pages import embedded
from tests.unit.exchange.pages.test_rendered_pages import NAME, WORLD, license_of, stamping

FILE = Path(__file__).parents[4] / "registry" / "licenses" / "types.yaml"
KINDS = TypeAdapter(tuple[LicenseType, ...]).validate_python(yaml.safe_load(FILE.read_text("utf-8"))["license_types"])
CODE = WORLD.qr()
URL = code_url("https://data.suzhou.example.gov.cn/check", CODE)
VALUES = {FieldType.DATE: "2026-03-05", FieldType.DECIMAL: "89.42", FieldType.INTEGER: "68", FieldType.MONTH: "2026-03"}
DPI = 150


def value_of(field: LicenseField, length: int) -> str:
    if field.codes:
        return next(iter(field.codes))
    return VALUES.get(field.type, f"{field.title}{'甲乙丙丁戊己庚辛壬癸' * 40}"[: min(length, field.max_length)])


def filled(kind: LicenseType, length: int = 12) -> License:
    fields = {field.name: value_of(field, length) for field in kind.fields}
    holders = (Holder(HolderKind.CITIZEN_ID, "650102199406180284", "阿依努尔·买买提"),) * (
        2 if kind.many_holders else 1
    )
    found = license_of(replace(DRAFT, type=kind.id, holders=holders, fields=fields))
    return replace(found, type=kind.id, photo=portrait() if kind.photo else b"")


def made(kind: LicenseType, length: int = 12) -> bytes:
    return make_pdf(filled(kind, length), Page(kind, NAME, URL), stamping())


def shown(pdf: bytes) -> tuple[str, list[Image.Image]]:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = list(document)
        text = "".join(page.get_textpage().get_text_bounded() for page in pages)
        pictures = [page.render(scale=DPI / 72).to_pil().convert("RGB") for page in pages]
    return "".join(text.replace("\u200b", "").split()), pictures


@pytest.mark.parametrize("length", [12, 200])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_a_page_shows_every_field_its_holder_and_its_seal(kind: LicenseType, length: int) -> None:
    text, pictures = shown(made(kind, length))
    item = filled(kind, length)
    values = "".join(value for _, _, value in fields_of(item, kind))
    assert not Counter(values.replace(" ", "")) - Counter(text)  # columns that go on on a next page are read in turn
    for said in (kind.name, NAME, "阿依努尔·买买提", "650102199406180284", item.identifier, item.digest):
        assert said in text
    assert sum(share(picture, red) for picture in pictures) > 0.003


@pytest.mark.parametrize("length", [12, 200])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_nothing_is_printed_over_the_code_or_outside_the_frame(kind: LicenseType, length: int) -> None:
    _, pictures = shown(made(kind, length))
    [found] = [item for picture in pictures for item in zxingcpp.read_barcodes(picture)]
    assert found.text == URL
    edge = round(6 / 25.4 * DPI)
    for picture in pictures:
        for side in ((0, 0, edge, picture.height), (picture.width - edge, 0, picture.width, picture.height)):
            assert picture.crop(side).getextrema() == ((255, 255),) * 3


def test_the_printed_code_is_checked_as_the_code_itself() -> None:
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr_png(URL))))
    assert found.text == URL
    assert code_of(found.text) == CODE
    for text in (found.text, CODE):
        checked = check_license(text, WORLD.bundle, filled(KINDS[0]).issued_at)
        assert checked.digest == "ab" * 32


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_font_of_a_license_is_embedded(kind: LicenseType) -> None:
    found = embedded(made(kind))
    assert any("NotoSerifSC" in name for name in found)
    assert all(found.values())


@pytest.mark.parametrize("template", ["frame", "nothing"])
def test_a_template_that_is_not_shipped_is_named(template: str) -> None:
    with pytest.raises(RuleError, match=template):
        made(replace(KINDS[0], template=template))
