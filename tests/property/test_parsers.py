"""Property tests of parsers: any input is parsed, or refused with an error of the parser's own type."""

import io
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import orjson
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from exchange.licensing.reading import check_presented, read_presented
from exchange.pages.checking import attachments_of, check_pdf
from exchange.pages.formats import kind_of
from exchange.sealing.checking import PresentedSeal, check_sealed
from keys import der
from keys.authority import Holder, request
from keys.certificates import load_certificates, pem, read_certificate, spki_of, verifier_of
from keys.connecting import connecting_key
from keys.cwt import Cwt, issue_cwt
from keys.encoding import base45_decode, canonical_json, parse_json
from keys.errors import KeysError
from keys.evidence import check_evidence
from keys.jws import Issuer, chain_of, decode_jws
from keys.license import check_license, status_uri_of
from keys.notes import NoteKey, NoteSigner, open_checkpoint, sign_note, verify_note
from keys.qr import essentials_of, parse_qr
from keys.receipt import Receipt
from keys.sdjwt import SdJwt
from keys.ses.reading import read_seal, read_signature
from keys.statuslist import StatusList
from keys.suites import SUITES, signature_holds, signer_for, verifier_for
from keys.timestamps import check_token
from keys.trust import TrustBundle, load_revocation_lists
from tests.support.habits import with_defaults_written_out
from tests.support.sealing import Sealing
from tests.support.stamping import DOCUMENT, Stamping

NATION, WORLD = Stamping.make(), Sealing.make()
NOW = datetime.now(UTC)
LOG = NoteSigner("log.example/x", SUITES["EdDSA"].generate())
NOTE = sign_note("log.example/x\n1\n" + b64encode(bytes(32)).decode() + "\n", [LOG])
RECEIPT = f"c2sp.org/tlog-proof@v1\nextra {b64encode(b'{}').decode()}\nindex 0\n\n{NOTE}"
TOKEN = NATION.tsa.stamp(DOCUMENT)
ENVELOPE, QR, LIST = WORLD.envelope(), WORLD.qr(), WORLD.status_list()
LIST_CWT = WORLD.status_list_cwt({})
LISTS = pem(*WORLD.bundle.revocation_lists)
REQUEST = request(SUITES["ES256"].generate(), Holder("x"))
PICTURE = io.BytesIO()
Image.new("L", (64, 64), 255).save(PICTURE, "PNG")
CLAIMS = issue_cwt(WORLD.signer, WORLD.certificate, {1: "x"})
EVIDENCE_KEY = verifier_of(read_certificate(WORLD.certificate))


def cose(data: bytes) -> None:
    found = Cwt.parse(data, "x")
    _ = found.key_id, found.media_type, found.certificate
    essentials_of(found.unverified_claims)


def sd_jwt(text: str) -> None:
    found = SdJwt.parse(text)
    _ = found.text, found.jwt_digest, found.unverified
    found.disclose(lambda *_: True)
    found.verify(EVIDENCE_KEY)


def trust_bundle(data: bytes) -> None:
    TrustBundle((), tuple(load_revocation_lists(data)), (LOG.key,)).lists_of(WORLD.root.certificate)


BYTES: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "der": (lambda data: der.sequence_of(data, "x"), NATION.certificate),
    "certificate": (lambda data: spki_of(read_certificate(data)), NATION.certificate),
    "lenient certificate": (read_certificate, with_defaults_written_out(NATION.certificate, NATION.root.signer)),
    "certificates": (load_certificates, pem(WORLD.root.certificate)),
    "revocation lists": (trust_bundle, LISTS),
    "request": (connecting_key, REQUEST),
    "public key": (verifier_for, WORLD.signer.verifier.spki),
    "private key": (signer_for, WORLD.signer.pkcs8()),
    "signature": (
        lambda data: signature_holds(data, NATION.signer.verifier.spki, b"", b""),
        bytes.fromhex("300c06082a811ccf550183750500"),
    ),
    "seal": (read_seal, NATION.seal()),
    "e-signature": (read_signature, NATION.sign()),
    "sealed": (
        lambda data: check_sealed(PresentedSeal(kind_of(data), data), NATION.bundle, NOW),
        NATION.sign(NATION.sealing(tsa=NATION.tsa)),
    ),
    "time-stamp": (lambda data: check_token(data, DOCUMENT, NATION.bundle), TOKEN),
    "cwt": (cose, CLAIMS),
    "status list, cwt": (lambda data: StatusList.open(data, WORLD.bundle), LIST_CWT),
    "license": (lambda data: check_presented(read_presented(data), WORLD.bundle, NOW, LIST_CWT), PICTURE.getvalue()),
    "pdf": (lambda data: check_pdf(data, WORLD.bundle), b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"),
    "attachments": (lambda data: attachments_of(data, ("x",)), b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"),
    "JSON": (lambda data: parse_json(data, "x"), b'{"a":[1,"x",null]}'),
}
TEXTS: dict[str, tuple[Callable[[str], Any], str]] = {
    "sd-jwt": (sd_jwt, ENVELOPE),
    "jws": (lambda text: chain_of(decode_jws(text, "x")[0], "x"), ENVELOPE.partition("~")[0]),
    "evidence": (lambda text: check_evidence(text, RECEIPT, WORLD.bundle), ENVELOPE),
    "receipt": (lambda text: Receipt.parse(text).verify([LOG.key]), RECEIPT),
    "note": (lambda text: verify_note(text, [LOG.key]), NOTE),
    "checkpoint": (lambda text: open_checkpoint(text, [LOG.key]), NOTE),
    "vkey": (NoteKey.parse, LOG.key.vkey),
    "QR code": (parse_qr, QR),
    "base45": (lambda text: base45_decode(text, "x"), QR),
    "status list": (lambda text: StatusList.open(text, WORLD.bundle), LIST),
    "status address": (status_uri_of, ENVELOPE),
    "license": (lambda text: check_license(text, WORLD.bundle, NOW, status_list=LIST, receipt=RECEIPT), ENVELOPE),
    "license's list": (lambda text: check_license(ENVELOPE, WORLD.bundle, NOW, status_list=text, receipt=text), LIST),
}
FUZZED = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=60)  # lone surrogates, too
PLACES = st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(max_size=4), st.integers(0, 4)), max_size=4)


def bent(data: bytes, places: list[tuple[int, bytes, int]]) -> bytes:
    """Replace, remove or insert some bytes of data."""
    out = bytearray(data)
    for at, fresh, gone in places:
        begin = at % (len(out) + 1)
        out[begin : begin + gone] = fresh
    return bytes(out)


@pytest.mark.parametrize("name", BYTES)
@given(places=PLACES, anything=st.binary(max_size=60))
@FUZZED
def test_presented_bytes_are_parsed_or_refused(
    name: str, places: list[tuple[int, bytes, int]], anything: bytes
) -> None:
    parser, good = BYTES[name]
    for data in (bent(good, places), anything, good[: len(good) // 2] + anything):
        with suppress(KeysError):
            parser(data)


@pytest.mark.parametrize("name", TEXTS)
@given(at=st.integers(0, 1 << 20), fresh=ANY_TEXT, gone=st.integers(0, 4))
@example(at=0, fresh="\ud800", gone=0)
@example(at=1 << 10, fresh="~\ud800~", gone=0)
@FUZZED
def test_presented_texts_are_parsed_or_refused(name: str, at: int, fresh: str, gone: int) -> None:
    parser, good = TEXTS[name]
    begin = at % (len(good) + 1)
    for text in (good[:begin] + fresh + good[begin + gone :], fresh):
        with suppress(KeysError):
            parser(text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=9) | st.text(max_size=9) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(-3, 70000), inner, max_size=4)
    | st.builds(cbor2.CBORTag, st.integers(0, 300), inner), max_leaves=9))  # fmt: skip
@example({1: 1, 65535: {"status_list": {"idx": 1, "uri": "x"}}, 2: "x", "n": "x", "h": "x", "d": 1.5, 6: 1})
@FUZZED
def test_claims_of_any_shape_are_read_or_refused(claims: Any) -> None:
    with suppress(Exception):  # unwritable PDFs are not tested
        payload = cbor2.dumps(claims)
        message = cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -7}), {33: claims}, payload, bytes(64)]))
        for data in (payload, message):
            with suppress(KeysError):
                cose(data)
            with suppress(KeysError):
                StatusList.open(data, WORLD.bundle)


@pytest.mark.parametrize(
    "data", ["d82301", "c58261786179", "d81c80", "c1fb7ff8000000000000", "c48201", "d9010480", "bf", "9f", "d81d00"]
)
def test_tags_that_do_not_fit_their_values_are_refused(data: str) -> None:
    with pytest.raises(KeysError):
        Cwt.parse(bytes.fromhex(data), "x")
    with pytest.raises(KeysError):
        _ = Cwt(b"", {}, {}, bytes.fromhex(data), b"").unverified_claims


@pytest.mark.parametrize("depth", [101, 500, 900, 5000])
def test_values_that_are_too_deep_are_refused(depth: int) -> None:
    deep = orjson.Fragment(b'{"a":' + b"[" * depth + b"]" * depth + b"}")
    issuer = Issuer(WORLD.signer, WORLD.chain, "dc+sd-jwt")
    with pytest.raises(KeysError):
        SdJwt.parse(issuer.issue(deep) + "~").verify(EVIDENCE_KEY)  # type: ignore[arg-type]
    nested: Any = []
    for _ in range(depth):
        nested = [nested]
    if depth > 500:
        with pytest.raises(KeysError):
            canonical_json({"a": nested})


@pytest.mark.parametrize(
    "name", ["root.pem", "crl.pem", "ledger.vkey", "seals.pem", "seal-makers.pem", "seal-self-makers.pem"]
)
@given(places=PLACES, anything=st.binary(max_size=30))
@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
def test_a_trust_bundle_is_read_or_refused(
    tmp_path: Path, name: str, places: list[tuple[int, bytes, int]], anything: bytes
) -> None:
    bundle = TrustBundle(
        WORLD.bundle.roots, WORLD.bundle.revocation_lists, (LOG.key,), WORLD.bundle.seals, seal_makers=WORLD.bundle.roots,
        self_makers=WORLD.bundle.roots,
    )  # fmt: skip
    bundle.save(tmp_path)
    for data in (bent((tmp_path / name).read_bytes(), places), anything):
        (tmp_path / name).write_bytes(data)
        with suppress(KeysError):
            TrustBundle.load(tmp_path)


def test_a_broken_picture_is_refused() -> None:
    data = bytearray(PICTURE.getvalue())
    data[29] ^= 1  # a chunk's checksum
    huge = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(huge, "PNG")
    for broken in (bytes(data), PICTURE.getvalue()[:40], huge.getvalue()):
        with pytest.raises(KeysError, match="picture"):
            read_presented(broken)


def test_encoded_default_values_are_the_only_accepted_deviation_from_der() -> None:
    lenient = with_defaults_written_out(NATION.certificate, NATION.root.signer)
    assert read_certificate(lenient).public_bytes(Encoding.DER) == lenient
    with pytest.raises(KeysError):
        read_certificate(lenient.replace(bytes.fromhex("010100"), bytes.fromhex("010101")))
    assert read_certificate(lenient).not_valid_after_utc - NOW > timedelta(days=1)
