"""The demo's licenses: issued from data on record, presented, suspended, and checked offline."""

import asyncio
import io
from datetime import date
from pathlib import Path

from PIL import Image, ImageDraw

from exchange.cli.license.checking import check_item, show
from exchange.cli.texts import console, say
from exchange.client import LicenseView
from exchange.demo.city import City
from exchange.demo.person import Person
from exchange.licensing.reading import fetch_status_list
from exchange.pages.qr import qr_png
from keys.evidence import Verdict
from keys.license import Checked
from keys.qr import code_of
from registry.basis import Basis
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import Draft
from registry.licenses.states import Change

_PERMIT = Basis("residence-permit", "JZ-2026-0417", "《居住证暂行条例》第九条", "周警官")
_REALTY = Basis("realty-certificate", "BDC-2026-0093", "《不动产登记暂行条例》第二十一条", "吴登记员")
_RIGHT = {
    "ownership": "单独所有",
    "right": "国有建设用地使用权／房屋所有权",
    "nature": "出让／市场化商品房",
    "purpose": "城镇住宅用地／成套住宅",
    "term": "国有建设用地使用权至2078年5月5日止",
    "remarks": "房屋结构：钢筋混凝土；总层数6层，所在层3层",
}
"""What the certificate says of the right, beside what is on record."""


async def issue(city: City, applicant: Person) -> list[LicenseView]:
    """Issue a residence permit and a real-estate certificate, and save them in ``licenses/``."""
    holder = Holder(HolderKind.CITIZEN_ID, applicant.id, applicant.name)
    begin = date(city.today.year, 1, 1)
    permit = Draft(
        "residence_permit", "JZ-2026-0417", "320508-2026-004417", (holder,),
        {"address": "苏州市姑苏区平江路66号302室", "ethnicity": "维吾尔族", "registered_address": "乌鲁木齐市天山区解放北路12号"},
        begin, date(city.today.year + 1, 12, 31), portrait(),
    )  # fmt: skip
    home = applicant.homes[0]
    deed = Draft(
        "real_estate", "BDC-2026-0093", home.certificate, (holder,), {"unit": home.unit, **_RIGHT}, begin,
    )  # fmt: skip
    issued = []
    for system, basis, draft in (("residence-desk", _PERMIT, permit), ("realty-desk", _REALTY, deed)):
        async with city.license_client(system) as client:
            license_ = await client.issue(basis, draft.type, draft, fill=True)
            leave(city.data / "licenses", license_, await client.pdf(basis, license_.identifier, "首次打印"))
        issued.append(license_)
        filled = say(", ").join(sorted(set(license_.fields) - set(draft.fields)))
        console().print(
            say(
                f"  [green]✓[/] {license_.checked.license['name']} {license_.identifier}\n    filled from the record, with evidence: {filled}",
            ),
            soft_wrap=True,
        )
    return issued


async def suspend(city: City, license_: LicenseView) -> tuple[Verdict, Verdict]:
    """Check a license, suspend it, and check the same QR code and PDF again."""
    folder = city.data / "licenses"
    pieces = [folder / f"{license_.type}{suffix}" for suffix in (".png", ".pdf")]
    before = [await _check(city, piece) for piece in pieces]
    show(str(pieces[0]), before[0])
    async with city.license_client("residence-desk") as client:
        await client.change(_PERMIT, license_, Change.SUSPEND, "持证人报失")
    console().print(say("  — suspended: reported lost —"))
    after = [await _check(city, piece) for piece in pieces]
    show(str(pieces[0]), after[0])
    (folder / "statuslist.jwt").write_text(fetch_status_list(license_.envelope), encoding="ascii")
    return _worst(before), _worst(after)


async def _check(city: City, piece: Path) -> Checked:
    return await asyncio.to_thread(check_item, str(piece), city.trust, b"", city.data, offline=False)


def leave(folder: Path, license_: LicenseView, pdf: bytes) -> None:
    """Write a license's envelope, receipt, PDF, QR code and status list."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{license_.type}.sd-jwt").write_text(license_.envelope, encoding="ascii")
    (folder / f"{license_.type}.tlog-proof").write_text(license_.receipt, encoding="utf-8")
    (folder / f"{license_.type}.pdf").write_bytes(pdf)
    (folder / f"{license_.type}.png").write_bytes(qr_png(license_.record.qr))
    (folder / f"{license_.type}.qr").write_text(code_of(license_.record.qr), encoding="ascii")
    (folder / f"{license_.type}.statuslist.jwt").write_text(fetch_status_list(license_.envelope), encoding="ascii")


def portrait() -> bytes:
    """Return a drawn portrait, since invented persons have no photo."""
    picture = Image.new("RGB", (320, 420), "#dfe7ee")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((40, 270, 280, 560), fill="#48607a")
    draw.rectangle((135, 220, 185, 300), fill="#e7c3a4")
    draw.ellipse((95, 70, 225, 250), fill="#f0d0b2")
    draw.pieslice((85, 50, 235, 220), 180, 360, fill="#2d2a2e")
    draw.polygon([(130, 290), (160, 330), (190, 290)], fill="#ffffff")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def _worst(found: list[Checked]) -> Verdict:
    verdicts = {item.verdict for item in found}
    return next(item for item in (Verdict.INVALID, Verdict.UNDECIDED, Verdict.VALID) if item in verdicts)
