"""Tests of seals in PDFs: no change is hidden, and no form makes a check endless."""

import io
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from exchange.pages.checking import check_pdf
from exchange.pages.formats import kind_of
from exchange.pages.pades import Attachment, Stamping, seal_pdf
from exchange.pages.place import Appearance
from exchange.pages.reader import open_pdf
from exchange.pages.seal_picture import round_seal
from exchange.pages.spot import At
from exchange.pages.time_stamper import PdfTimestamper
from exchange.pages.typesetting import draw_png, set_pdf
from exchange.sealing.checking import ATTACHED, PresentedSeal, check_sealed, scope_of
from keys.authority import Holder
from keys.certificates import Use, der, now_utc
from keys.errors import InvalidError, MalformedError
from keys.evidence import Verdict
from keys.ses.writing import write_signature
from keys.sm3 import sm3
from keys.suites import SUITES
from keys.timestamp_authority import TimestampAuthority
from keys.trust import TrustBundle
from registry.errors import RuleError
from tests.support.sealing import Sealing
from tests.support.stamping import Stamping as National

WORLD, NATION = Sealing.make(), National.make()
PLAIN = set_pdf(b"= Notice", {}, "x")
PICTURE = draw_png(round_seal("苏州市公安局"))
AT = Appearance(PICTURE, 42, At(0, 142, 250))
BESIDE = replace(AT, at=At(0, 60, 250))
SES = write_signature(NATION.sealing(), sm3(PLAIN), now_utc(), scope_of(len(PLAIN)))


def stamping(world: Sealing = WORLD) -> Stamping:
    key = SUITES["ES256"].generate()
    own = world.issuing.issue(Use.TSA, Holder("clock"), key.verifier.spki, timedelta(days=9), now_utc())
    return Stamping(world.signer, world.chain, TimestampAuthority(key, (der(own), der(world.issuing.certificate))))


def bundle() -> TrustBundle:
    return replace(WORLD.bundle, seal_roots=NATION.bundle.seal_roots, seal_lists=NATION.bundle.seal_lists)


def verdict(pdf: bytes) -> Verdict:
    return check_sealed(PresentedSeal("pdf", pdf), bundle(), datetime.now(UTC) + timedelta(seconds=2)).verdict


def attachment() -> Attachment:
    return Attachment(ATTACHED, SES, "application/octet-stream")


def update(pdf: bytes, *, attach: bool) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = generic.NumberObject(180)
    writer.update_container(page)
    if attach:
        held = embed.EmbeddedFileObject.from_file_data(writer, data=SES)
        embed.embed_file(writer, embed.FileSpec(ATTACHED, ATTACHED, held))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_an_attached_e_signature_covers_the_pdf_at_the_time_of_sealing() -> None:
    assert verdict(seal_pdf(PLAIN, [attachment()], stamping(), AT)) is Verdict.VALID


def test_nothing_is_between_the_signed_bytes_and_the_first_seal() -> None:
    hidden = seal_pdf(update(PLAIN, attach=True), [], stamping(), AT)
    assert check_pdf(hidden, bundle())  # the seal itself is right
    assert verdict(hidden) is Verdict.INVALID


def test_an_e_signature_of_another_agency_is_not_the_sealers() -> None:
    other = WORLD.other_agency("11320500000014031W")
    assert verdict(seal_pdf(PLAIN, [attachment()], stamping(other), AT)) is Verdict.INVALID


def test_after_a_seal_only_further_seals_may_stand() -> None:
    once = seal_pdf(PLAIN, [], stamping(), AT)
    twice = seal_pdf(once, [], stamping(), BESIDE)
    assert [seal.agency for seal in check_pdf(twice, bundle())] == ["113205000000140157"] * 2
    for changed in (
        update(once, attach=False),
        seal_pdf(update(once, attach=False), [], stamping(), BESIDE),
    ):
        assert verdict(changed) is Verdict.INVALID


def filled(pdf: bytes, text: str) -> bytes:
    """Return a PDF with a text in its form field, which is created if it has none."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    if "/AcroForm" not in writer.root:
        field = generic.DictionaryObject(
            {generic.pdf_name("/FT"): generic.pdf_name("/Tx"), generic.pdf_name("/T"): generic.pdf_string("Amount")}
        )
        form = generic.DictionaryObject({generic.pdf_name("/Fields"): generic.ArrayObject([writer.add_object(field)])})
        writer.root["/AcroForm"] = writer.add_object(form)
        writer.update_root()
    field = writer.root["/AcroForm"]["/Fields"][0]
    field["/V"] = generic.pdf_string(text)
    writer.update_container(field)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_form_is_not_filled_in_after_its_seal() -> None:
    once = seal_pdf(filled(PLAIN, "1"), [], stamping(), AT)
    assert verdict(seal_pdf(once, [], stamping(), BESIDE)) is Verdict.VALID
    changed = filled(once, "9")
    assert verdict(changed) is Verdict.INVALID
    assert verdict(seal_pdf(changed, [], stamping(), BESIDE)) is Verdict.INVALID


def test_a_certified_page_takes_no_further_seal() -> None:
    with pytest.raises(RuleError, match="forbids changes"):
        seal_pdf(seal_pdf(PLAIN, [], stamping()), [], stamping(), AT)


def test_a_form_that_branches_into_itself_is_refused_at_once() -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(PLAIN))
    below = writer.add_object(generic.DictionaryObject({generic.pdf_name("/T"): generic.pdf_string("x")}))
    for _ in range(12):
        kids = generic.ArrayObject([below] * 20)
        below = writer.add_object(generic.DictionaryObject({generic.pdf_name("/Kids"): kids}))
    form = generic.DictionaryObject({generic.pdf_name("/Fields"): generic.ArrayObject([below])})
    writer.root["/AcroForm"] = writer.add_object(form)
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(MalformedError, match="too many fields"):
        check_pdf(out.getvalue(), bundle())
    with pytest.raises(RuleError, match="too many fields"):
        seal_pdf(out.getvalue(), [], stamping(), AT)


def test_an_inherited_page_size_is_used_and_the_seal_is_on_the_page() -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(PLAIN))
    page, pages = writer.root["/Pages"]["/Kids"][0], writer.root["/Pages"]
    pages["/MediaBox"] = page.raw_get("/MediaBox")
    del page["/MediaBox"]
    writer.update_container(page)
    writer.update_container(pages)
    out = io.BytesIO()
    writer.write(out)
    assert verdict(seal_pdf(out.getvalue(), [], stamping(), AT)) is Verdict.VALID
    with pytest.raises(RuleError, match="is on the page"):
        seal_pdf(out.getvalue(), [], stamping(), replace(AT, at=At(0, 142, 290)))


def extended(pdf: bytes, *, certificates: tuple[bytes, ...] = (), also: bool = False) -> bytes:
    """Return a PDF with the security store of an LTV update, and optionally another change."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    DocumentSecurityStore.supply_dss_in_writer(
        writer, None, certs=[Certificate.load(item) for item in certificates], ocsps=(), crls=()
    )
    if also:
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Rotate"] = generic.NumberObject(180)
        writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def time_stamped(pdf: bytes) -> bytes:
    """Return a PDF with a document time-stamp, as archives add it."""
    out = io.BytesIO()
    stamper = PdfTimeStamper(PdfTimestamper(stamping().tsa))
    stamper.timestamp_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), "sha256", output=out)
    return out.getvalue()


@pytest.mark.parametrize("appearance", [None, AT])
def test_a_pdf_extended_by_an_ltv_update_keeps_its_seal(appearance: Appearance | None) -> None:
    once = seal_pdf(PLAIN, [], stamping(), appearance)
    longer = time_stamped(extended(once, certificates=WORLD.chain))
    assert verdict(extended(once, certificates=WORLD.chain)) is verdict(longer) is Verdict.VALID
    assert len(check_pdf(longer, bundle())) == 1  # the time-stamp is no seal
    assert verdict(extended(once, certificates=WORLD.chain, also=True)) is Verdict.INVALID
    for more in (b"% more", b"\n\n\n", b"9 0 obj <<>> endobj\n%%EOF\n"):
        assert verdict(once + more) is verdict(longer + more) is Verdict.INVALID


def show_again(writer: IncrementalPdfFileWriter, *size: int) -> None:
    """Add a field that shows the first field's signature."""
    held = writer.root["/AcroForm"]["/Fields"]
    again = generic.DictionaryObject({
        generic.pdf_name("/T"): generic.pdf_string("Again"), generic.pdf_name("/FT"): generic.pdf_name("/Sig"),
        generic.pdf_name("/V"): held[0].raw_get("/V"),
        generic.pdf_name("/Rect"): generic.ArrayObject(generic.NumberObject(value) for value in (0, 0, *size)),
    })  # fmt: skip
    held.append(writer.add_object(again))
    writer.update_container(held)


class Showing(IncrementalPdfFileWriter):
    """Signs with two fields for one signature, in the same revision, as some tools do."""

    def write(self, stream: io.BytesIO) -> None:
        show_again(self, 0, 0)
        super().write(stream)


def test_two_fields_that_show_one_signature_are_one_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("exchange.pages.pades.IncrementalPdfFileWriter", Showing)
        once = seal_pdf(PLAIN, [], stamping(), AT)
    assert len(open_pdf(once).embedded_signatures) == 2
    assert [seal.agency for seal in check_pdf(once, bundle())] == ["113205000000140157"]


def test_a_field_that_shows_a_seal_once_more_later_is_a_change() -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(seal_pdf(PLAIN, [], stamping(), AT)))
    show_again(writer, 99, 99)
    out = io.BytesIO()
    writer.write(out)
    assert verdict(out.getvalue()) is Verdict.INVALID


def hybrid(pdf: bytes = b"") -> bytes:
    """Return a hybrid-reference file, as office suites write it, or such an update of a PDF."""
    number = 100 if pdf else 6
    out = bytearray(pdf or b"%PDF-1.5\n")
    at: dict[int, int] = {}

    def add(own: int, body: bytes) -> None:
        at[own] = len(out)
        out.extend(b"%d 0 obj\n%s\nendobj\n" % (own, body))

    if not pdf:
        add(1, b"<</Type/Catalog/Pages 2 0 R/Extra 6 0 R>>")
        add(2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>")
        add(3, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>")
        add(4, b"<</Length 23>>stream\n0 0 1 rg 9 9 99 99 re f\nendstream")
    packed = b"%d 0 <</Hidden true>>" % number
    holder, stream, size = number - 1, number + 1, number + 2
    first = len(b"%d 0 " % number)
    add(holder, b"<</Type/ObjStm/N 1/First %d/Length %d>>stream\n%s\nendstream" % (first, len(packed), packed))
    rows = struct.pack(">BIB", 1, at[holder], 0) + struct.pack(">BIB", 2, holder, 0)
    place = len(out)
    index = b"/W[1 4 1]/Index[%d 2]" % holder
    add(stream, b"<</Type/XRef/Size %d%s/Length %d>>stream\n%s\nendstream" % (size, index, len(rows), rows))
    table = len(out)
    out.extend(b"xref\n")
    if not pdf:
        out.extend(b"0 1\n0000000006 65535 f \n")
        for own in sorted(at):
            if own != stream:
                out.extend(b"%d 1\n%010d 00000 n \n" % (own, at[own]))
        out.extend(b"6 1\n0000000000 65535 f \n")
    else:
        out.extend(b"0 0\n")
    before = b"/Prev %d" % int(pdf.rsplit(b"startxref", 1)[1].split()[0]) if pdf else b""
    root = open_pdf(pdf).trailer.raw_get("/Root").idnum if pdf else 1
    identifier = b"/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]"
    trailer = b"trailer<</Size %d/Root %d 0 R/XRefStm %d%s%s>>\nstartxref\n%d\n%%%%EOF\n"
    out.extend(trailer % (size, root, place, before, identifier, table))
    return bytes(out)


def test_a_hybrid_reference_file_is_sealed_and_checked() -> None:
    plain = hybrid()
    assert open_pdf(plain).xrefs.hybrid_xrefs_present
    once = seal_pdf(plain, [], stamping(), AT)
    assert verdict(once) is Verdict.VALID
    assert verdict(seal_pdf(once, [], stamping(), BESIDE)) is Verdict.VALID
    assert verdict(update(once, attach=False)) is Verdict.INVALID


def test_nothing_is_hidden_from_old_readers_after_a_seal() -> None:
    with pytest.raises(InvalidError, match="hidden from some readers"):
        check_pdf(hybrid(seal_pdf(PLAIN, [], stamping(), AT)), bundle())


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_bytes_before_the_header_of_a_pdf_are_reported(before: bytes) -> None:
    with pytest.raises(RuleError, match="before %PDF-"):
        seal_pdf(before + PLAIN, [], stamping(), AT)
    assert kind_of(before + PLAIN) == "pdf"
    with pytest.raises(MalformedError, match="before %PDF-"):
        check_pdf(before + seal_pdf(PLAIN, [], stamping(), AT), bundle())
