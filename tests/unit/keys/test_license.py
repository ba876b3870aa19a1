"""Tests of license checks: forged, swapped, outdated or malformed parts are never valid."""

import hmac
import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from keys.encoding import base45, base45_decode, base64url, base64url_decode
from keys.errors import MalformedError
from keys.evidence import Verdict
from keys.license import Checked, check_license, status_uri_of
from keys.qr import parse_qr
from keys.sdjwt import SdJwt
from keys.statuslist import Status
from keys.trust import TrustBundle
from tests.support.sealing import URI, Sealing

SEALING = Sealing.make()
NOW = datetime.now(UTC)
ENVELOPE = SEALING.envelope()
QR = SEALING.qr()
VALID = SEALING.status_list()


def check(text: str, listed: str = VALID, at: datetime | None = None) -> Checked:
    return check_license(text, SEALING.bundle, at or datetime.now(UTC), status_list=listed)


def parts(text: str) -> tuple[dict[str, object], dict[str, object], str, str]:
    jwt, _, rest = text.partition("~")
    header, payload, signature = jwt.split(".")
    return json.loads(base64url_decode(header, "h")), json.loads(base64url_decode(payload, "p")), signature, rest


def unparted(header: dict[str, object], payload: dict[str, object], signature: str, rest: str) -> str:
    encoded = [base64url(json.dumps(item).encode()) for item in (header, payload)]
    return f"{'.'.join([*encoded, signature])}~{rest}"


@pytest.mark.parametrize("text", [ENVELOPE, QR], ids=["envelope", "qr"])
def test_a_good_license_is_valid_and_each_step_is_named(text: str) -> None:
    found = check(text)
    assert found.verdict is Verdict.VALID, found.failure
    assert [step.name for step in found.steps] == ["format", "seal", "certificate", "period", "status"]
    assert found.status is Status.VALID
    assert status_uri_of(text) == f"{URI}1"


@pytest.mark.parametrize("text", [ENVELOPE, QR], ids=["envelope", "qr"])
@pytest.mark.parametrize("state", [Status.SUSPENDED, Status.INVALID])
def test_the_status_list_decides_the_status(text: str, state: Status) -> None:
    found = check(text, SEALING.status_list({7: state}))
    assert found.verdict is Verdict.INVALID
    assert state.name.lower() in found.failure
    assert check(text, SEALING.status_list({6: state, 8: state})).verdict is Verdict.VALID


def test_without_a_list_or_past_its_end_the_status_is_unknown_never_valid() -> None:
    for listed, at in (("", NOW), (VALID, NOW + timedelta(hours=25)), (SEALING.status_list(hours=1, began=-2), NOW)):
        found = check(ENVELOPE, listed, at)
        assert found.verdict is Verdict.UNDECIDED
        assert "seal valid, status unknown" in found.failure


def test_the_age_of_the_list_is_reported() -> None:
    found = check_license(ENVELOPE, SEALING.bundle, datetime.now(UTC), status_list=SEALING.status_list(began=-1.5))
    assert "published 90 minutes ago" in found.steps[-1].detail


def _bomb() -> str:
    header, payload, _, _ = parts(f"{VALID}~")
    packed = base64url(zlib.compress(bytes(64 * 1024 * 1024), 9))
    payload["status_list"] = {"bits": 2, "lst": packed}
    data = f"{base64url(json.dumps(header).encode())}.{base64url(json.dumps(payload).encode())}"
    return f"{data}.{base64url(SEALING.signer.sign(data.encode()))}"


BAD_LISTS = {
    "for another list": (SEALING.status_list(uri=f"{URI}2"), "another list"),
    "another agency's seal": (SEALING.other_agency("11320500000014031W").status_list(), "belongs to another agency"),
    "another authority's": (Sealing.make().status_list(), "trusted root|not signed by"),
    "from the future": (SEALING.status_list(began=5), "from the future"),
    "a zip bomb": (_bomb(), "when decompressed"),
    "cut off": (VALID[:-40], "base64url|signature"),
    "not a list": (ENVELOPE.partition("~")[0], "typ must be"),
    "nonsense": ("nonsense", "three parts"),
}


@pytest.mark.parametrize("case", BAD_LISTS)
def test_a_status_list_that_is_not_the_one_is_refused(case: str) -> None:
    import re

    listed, reason = BAD_LISTS[case]
    found = check(ENVELOPE, listed)
    assert found.verdict is Verdict.INVALID
    assert re.search(reason, found.failure), found.failure


def test_a_license_outside_its_period_is_invalid() -> None:
    early = check(ENVELOPE, VALID, datetime(2025, 12, 1, tzinfo=UTC))
    assert any(step.name == "period" and step.verdict is Verdict.INVALID for step in early.steps)
    late = check(ENVELOPE, VALID, datetime(2091, 1, 1, tzinfo=UTC))
    assert any(step.name == "period" and "past its end" in step.detail for step in late.steps)


def _none(text: str) -> str:
    header, payload, _, rest = parts(text)
    return unparted(header | {"alg": "none"}, payload, "", rest)


def _hs256(text: str) -> str:
    header, payload, _, rest = parts(text)
    data = ".".join(base64url(json.dumps(item).encode()) for item in (header | {"alg": "HS256"}, payload))
    tag = hmac.digest(SEALING.signer.verifier.spki, data.encode(), "sha256")
    return f"{data}.{base64url(tag)}~{rest}"


def _forged(text: str) -> str:
    header, payload, signature, rest = parts(text)
    return unparted(header, payload | {"number": "JZ-2"}, signature, rest)


def _resigned(text: str) -> str:
    header, payload, _, rest = parts(text)
    data = ".".join(base64url(json.dumps(item).encode()) for item in (header, payload | {"number": "JZ-2"}))
    return f"{data}.{base64url(Sealing.make().signer.sign(data.encode()))}~{rest}"


def _twice(text: str) -> str:
    first = text.split("~")[1]
    return f"{text}{first}~"


def _anothers(text: str) -> str:
    return f"{text}{SEALING.envelope(8).split('~')[1]}~"


BAD_ENVELOPES = {
    "forged": (_forged, "signature is wrong"),
    "signed again by another": (_resigned, "signature is wrong"),
    "truncated": (lambda text: text[: len(text) // 3], "SD-JWT|JWS"),
    "algorithm none": (_none, "alg must be ES256"),
    "HS256 with the public key": (_hs256, "alg must be ES256"),
    "a disclosure twice": (_twice, "is there twice"),
    "a disclosure of another token": (_anothers, "another token"),
    "sealed by another agency": (lambda _: SEALING.other_agency("11320500000014031W").envelope(), "another agency"),
    "an unknown authority": (lambda _: Sealing.make().envelope(), "trusted root|not signed by"),
    "cut off at its end": (lambda text: text[:-5], "follows the last disclosure|another token|not base64url"),
    "something after its end": (lambda text: f"{text}garbage", "follows the last disclosure"),
    "a header that must be understood": (
        lambda text: unparted(parts(text)[0] | {"crit": ["b64"]}, *parts(text)[1:]),
        "crit|signature is wrong",
    ),
    "an answer, not a license": (
        lambda text: unparted(parts(text)[0] | {"typ": "yici-answer+sd-jwt"}, *parts(text)[1:]),
        "typ must be",
    ),
}


@pytest.mark.parametrize("case", BAD_ENVELOPES)
def test_a_forged_envelope_is_refused_by_name(case: str) -> None:
    import re

    change, reason = BAD_ENVELOPES[case]
    found = check(change(ENVELOPE))
    assert found.verdict is Verdict.INVALID
    assert re.search(reason, found.failure), found.failure
    assert not found.license


BAD_CODES = {
    "not base45": ("abc", "not base45"),
    "cut off": (QR[: len(QR) // 2], "base45|zlib"),
    "a zip bomb": (base45(zlib.compress(bytes(1_000_000))), "when decompressed"),
    "not CBOR": (base45(zlib.compress(b"\xff\xff")), "not CBOR|not a COSE_Sign1"),
    "forged": (
        base45(zlib.compress(zlib.decompress(base45_decode(QR, "q")).replace("居".encode(), "屋".encode()))),
        "signature is wrong",
    ),
    "too long": ("A" * 5000, "longer than"),
}


@pytest.mark.parametrize("case", BAD_CODES)
def test_a_broken_code_is_refused_by_its_layer(case: str) -> None:
    import re

    text, reason = BAD_CODES[case]
    found = check(text)
    assert found.verdict is Verdict.INVALID
    assert re.search(reason, found.failure), found.failure


def test_a_code_by_a_seal_that_the_bundle_lacks_cannot_be_decided() -> None:
    assert check(Sealing.make().qr()).verdict is Verdict.UNDECIDED


def test_a_code_names_its_envelope_by_digest() -> None:
    digest = SdJwt.parse(ENVELOPE).jwt_digest
    assert check(SEALING.qr(digest=digest)).digest == digest == sha256(ENVELOPE.partition("~")[0].encode()).hexdigest()


def test_base45_equals_the_examples_of_the_standard() -> None:
    import base45 as other

    for data, text in (
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
    ):
        assert base45(data) == text == other.b45encode(data).decode()
        assert base45_decode(text, "t") == data
    for bad in ("A", "GGW", "AB#", ":::"):
        with pytest.raises(MalformedError):
            base45_decode(bad, "t")


def test_someone_elses_code_reads_ours() -> None:
    import base45 as other
    import cbor2
    import cwt
    from cryptography.hazmat.primitives import serialization
    from cwt import COSEKey

    spki = SEALING.signer.verifier.spki
    pem = serialization.load_der_public_key(spki).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key = COSEKey.from_pem(pem, kid=parse_qr(QR).key_id)
    claims = cwt.decode(zlib.decompress(other.b45decode(QR)), key)
    assert claims[2] == "1.2.156.3005.2.x"
    listed = SEALING.status_list_cwt({3: Status.SUSPENDED})
    found = cwt.decode(listed, key)[65533]
    assert zlib.decompress(found["lst"])[0] == 2 << 6
    assert cbor2.loads(cbor2.loads(listed).value[0])[16] == "application/statuslist+cwt"


def test_someone_elses_library_verifies_envelope_and_list() -> None:
    from joserfc import jws
    from joserfc.jwk import ECKey

    key = ECKey.import_key(SEALING.signer.verifier.spki)
    jws.JWSRegistry.max_header_length = 8192
    for text in (ENVELOPE.partition("~")[0], VALID):
        registry = jws.JWSRegistry()
        registry.max_header_length = 8192
        found = jws.deserialize_compact(text, key, registry=registry)
        assert json.loads(found.payload)["iss"]


def _with_revoked_seal() -> TrustBundle:
    from cryptography import x509

    serial = x509.load_der_x509_certificate(SEALING.certificate).serial_number
    now = datetime.now(UTC)
    lists = [
        SEALING.root.revocation_list({}, 2, timedelta(days=9), now),
        SEALING.issuing.revocation_list({serial: now + timedelta(seconds=1)}, 2, timedelta(days=9), now),
    ]
    return replace(SEALING.bundle, revocation_lists=tuple(lists))


def test_a_seal_revoked_since_proves_nothing_without_a_receipt() -> None:
    bundle = _with_revoked_seal()
    found = check_license(ENVELOPE, bundle, NOW, status_list=VALID)
    verdicts = {step.name: step.verdict for step in found.steps}
    assert verdicts["certificate"] is Verdict.UNDECIDED
    assert verdicts["status"] is Verdict.INVALID
    assert found.verdict is not Verdict.VALID


def test_a_list_that_lives_for_ever_is_refused() -> None:
    assert "lives longer" in check(ENVELOPE, SEALING.status_list(hours=24 * 400)).failure
