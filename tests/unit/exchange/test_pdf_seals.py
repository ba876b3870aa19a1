"""A PDF's seals: nothing hides before, between or after them, and no form makes a checker walk for ever."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from exchange.sealing.checking import ATTACHED, HeldUpSeal, check_sealed, scope_of
from exchange.sealing.pades import Attachment, Stamping, seal_pdf
from exchange.sealing.pdfcheck import check_pdf
from exchange.sealing.picture import round_seal
from exchange.sealing.place import Appearance
from exchange.typesetting import draw_png, set_pdf
from keys.authority import Holder
from keys.certificates import Use, der, now_utc
from keys.clock import Clock
from keys.errors import MalformedError
from keys.evidence import Verdict
from keys.ses.writing import write_signature
from keys.sm3 import sm3
from keys.suites import SUITES
from keys.trust import TrustBundle
from registry.errors import RuleError
from tests.sealing import Sealing
from tests.stamping import Stamping as National

WORLD, NATION = Sealing.make(), National.make()
PLAIN = set_pdf(b"= Notice", {}, "x")
PICTURE = draw_png(round_seal("苏州市公安局"))
AT = Appearance(PICTURE, 42, 0, 142, 250)
SES = write_signature(NATION.sealing(), sm3(PLAIN), now_utc(), scope_of(len(PLAIN)))


def stamping(world: Sealing = WORLD) -> Stamping:
    key = SUITES["ES256"].generate()
    own = world.issuing.issue(Use.CLOCK, Holder("clock"), key.verifier.spki, timedelta(days=9), now_utc())
    return Stamping(world.signer, world.chain, Clock(key, (der(own), der(world.issuing.certificate))))


def bundle() -> TrustBundle:
    return replace(WORLD.bundle, seal_roots=NATION.bundle.seal_roots, seal_lists=NATION.bundle.seal_lists)


def verdict(pdf: bytes) -> Verdict:
    return check_sealed(HeldUpSeal("pdf", pdf), bundle(), datetime.now(UTC) + timedelta(seconds=2)).verdict


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


def test_an_attached_e_signature_is_over_the_pdf_as_it_was_when_it_was_sealed() -> None:
    assert verdict(seal_pdf(PLAIN, [attachment()], stamping(), AT)) is Verdict.VALID


def test_nothing_stands_between_what_was_signed_and_the_first_seal() -> None:
    hidden = seal_pdf(update(PLAIN, attach=True), [], stamping(), AT)
    assert check_pdf(hidden, bundle())  # the seal itself is right
    assert verdict(hidden) is Verdict.INVALID


def test_an_e_signature_of_another_agency_is_not_the_sealers() -> None:
    other = WORLD.other_agency("11320500000014031W")
    assert verdict(seal_pdf(PLAIN, [attachment()], stamping(other), AT)) is Verdict.INVALID


def test_after_a_seal_only_further_seals_may_stand() -> None:
    once = seal_pdf(PLAIN, [], stamping(), AT)
    twice = seal_pdf(once, [], stamping(), replace(AT, x=60))
    assert [seal.agency for seal in check_pdf(twice, bundle())] == ["113205000000140157"] * 2
    for changed in (
        update(once, attach=False),
        seal_pdf(update(once, attach=False), [], stamping(), replace(AT, x=60)),
    ):
        assert verdict(changed) is Verdict.INVALID


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


def test_an_inherited_page_size_is_found_and_the_seal_stands_on_the_page() -> None:
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
        seal_pdf(out.getvalue(), [], stamping(), replace(AT, y=290))
