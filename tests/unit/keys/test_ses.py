"""Tests of national e-seals and e-signatures: each alteration fails exactly its step."""

import subprocess
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from keys import der as asn1
from keys.authority import Holder
from keys.certificates import Use, der, fingerprint, load_certificates, pem, read_certificate
from keys.errors import MalformedError
from keys.evidence import Verdict
from keys.ses.checking import CheckedSeal, check_seal, check_signature
from keys.ses.proof import Presented
from keys.ses.reading import read_seal, read_signature
from keys.ses.structure import MAX_SEAL, Extension, Picture
from keys.ses.writing import write_signature
from keys.sm3 import sm3
from keys.suites import SUITES, Signer
from keys.trust import TrustBundle, load_revocation_lists
from tests.support.habits import list_with_defaults_written_out, with_defaults_written_out, with_null_parameters
from tests.support.stamping import DAY, DOCUMENT, SM2, Stamping

MADE = Stamping.make()
SHOWN = Presented(DOCUMENT, property_info="document.bin")


def checked(signature: bytes, shown: Presented = SHOWN, bundle: TrustBundle = MADE.bundle) -> CheckedSeal:
    return check_signature(signature, shown, bundle, MADE.now + timedelta(seconds=1))


def only_wrong(found: CheckedSeal, *names: str) -> bool:
    return {step.name for step in found.steps if step.verdict is not Verdict.VALID} == set(names)


def test_sm3_is_the_standards() -> None:
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("tsa", [None, MADE.tsa])
def test_a_written_signature_is_read_and_valid(version: int, tsa: object) -> None:
    seal = MADE.seal(version=version)
    found = checked(MADE.sign(MADE.sealing(seal, version=version, tsa=tsa)))
    assert found.verdict is Verdict.VALID, found.steps
    assert found.seal
    assert (found.seal.version, found.seal.name, found.seal.raw) == (version, "苏州市公安局", seal)
    assert found.signed_by == "113205000000140157"
    assert (found.proven_at is not None) is (tsa is not None)
    assert check_seal(seal, MADE.bundle, MADE.now).verdict is Verdict.VALID


def test_another_document_fails_its_step_and_the_signature_is_right() -> None:
    found = checked(MADE.sign(), Presented(b"another"))
    assert only_wrong(found, "document")
    assert only_wrong(checked(MADE.sign(), Presented()), "document")
    assert checked(MADE.sign(), Presented()).verdict is Verdict.UNDECIDED
    assert checked(MADE.sign(), Presented(digest=sm3(DOCUMENT))).verdict is Verdict.VALID


def test_another_scope_fails_its_step() -> None:
    assert only_wrong(checked(MADE.sign(), Presented(DOCUMENT, property_info="attachment.bin")), "scope")


def test_a_signer_that_the_seal_does_not_name_fails_its_step() -> None:
    other = SM2.generate()
    certificate = der(MADE.root.issue(Use.SEAL, Holder("other"), other.verifier.spki, 9 * DAY, MADE.now - DAY))
    found = checked(MADE.sign(MADE.sealing(signer=other, certificate=certificate)))
    assert only_wrong(found, "signer")


@pytest.mark.parametrize(
    ("algorithm", "verdict"), [("SM3", Verdict.VALID), ("md5", Verdict.UNDECIDED), ("sha256", Verdict.INVALID)]
)
def test_a_seal_may_name_its_signers_by_digest(algorithm: str, verdict: Verdict) -> None:
    fields = asn1.items(asn1.read(MADE.seal(), "x"), "x")
    header, identifier, known, picture = asn1.items(fields[0], "x")
    kind, name, _, _, *times = asn1.items(known, "x")
    digest = asn1.sequence(
        asn1.write(asn1.PRINTABLE, algorithm.encode()), asn1.write(asn1.OCTET_STRING, sm3(MADE.certificate))
    )
    known_by_digest = asn1.sequence(
        kind.raw, name.raw, asn1.integer(2), asn1.sequence(digest), *[item.raw for item in times]
    )
    seal = MADE.resign(asn1.sequence(header.raw, identifier.raw, known_by_digest, picture.raw))
    found = checked(MADE.sign(MADE.sealing(seal)))
    assert found.step("signer").verdict is verdict


def test_a_right_signature_by_an_expired_certificate_is_not_valid() -> None:
    old = Stamping.make(days=15)
    signature = write_signature(old.sealing(), sm3(DOCUMENT), old.now - 6 * DAY, "document.bin")
    found = check_signature(signature, SHOWN, old.bundle, old.now)
    assert found.step("signature").verdict is Verdict.VALID
    assert "not valid at" in found.step("signer's certificate").detail
    assert found.verdict is Verdict.INVALID


def test_an_expired_seal_fails_its_step_with_a_right_signature() -> None:
    seal = MADE.seal(valid_from=MADE.now - 3 * DAY, valid_to=MADE.now - 2 * DAY)
    assert only_wrong(check_seal(seal, MADE.bundle, MADE.now), "seal's period")
    found = checked(MADE.sign(MADE.sealing(seal), at=MADE.now - 2 * DAY - timedelta(hours=1)))
    assert only_wrong(found, "seal's period")  # its time is within the period, but only the signer states it
    late = checked(MADE.sign(MADE.sealing(seal)))
    assert only_wrong(late, "seal's period", "signing time")


def test_only_a_proven_time_keeps_a_signature_valid_after_revocation() -> None:
    stamped, stated = MADE.sign(MADE.sealing(tsa=MADE.tsa)), MADE.sign()
    serial = read_certificate(MADE.certificate).serial_number
    later = MADE.now + 2 * DAY
    bundle = MADE.bundle_with({serial: MADE.now + DAY})
    assert check_signature(stamped, SHOWN, bundle, later).verdict is Verdict.VALID
    found = check_signature(stated, SHOWN, bundle, later)
    assert only_wrong(found, "signer's certificate")
    assert "revoked" in found.step("signer's certificate").detail
    before = MADE.bundle_with({serial: MADE.now - DAY})
    assert check_signature(stamped, SHOWN, before, later).verdict is Verdict.INVALID


def test_a_time_later_than_proven_fails_its_step() -> None:
    found = checked(MADE.sign(MADE.sealing(tsa=MADE.tsa), at=MADE.now + timedelta(hours=2)))
    assert only_wrong(found, "signing time")


def test_a_timestamp_of_another_signature_fails_its_step() -> None:
    other = read_signature(MADE.sign(MADE.sealing(tsa=MADE.tsa))).timestamp
    token = asn1.write(asn1.EXPLICIT, asn1.bits(other))
    found = checked(asn1.sequence(asn1.read(MADE.sign(), "x").contents, token))
    assert only_wrong(found, "timestamp")
    assert found.verdict is Verdict.INVALID


def test_an_untrusted_time_stamper_leaves_the_time_undecided() -> None:
    stranger = Stamping.make()
    found = checked(MADE.sign(MADE.sealing(tsa=stranger.tsa)))
    assert only_wrong(found, "timestamp")
    assert found.verdict is Verdict.UNDECIDED


def test_without_anchors_or_lists_nothing_is_valid() -> None:
    assert checked(MADE.sign(), bundle=TrustBundle((), (), ())).verdict is Verdict.INVALID
    found = checked(MADE.sign(), bundle=replace(MADE.bundle, seal_lists=()))
    assert found.verdict is Verdict.UNDECIDED


def test_a_seal_signed_by_another_key_fails_its_step() -> None:
    stranger = Stamping.make()
    forged = replace(MADE, maker=stranger.maker).seal()
    assert only_wrong(check_seal(forged, MADE.bundle, MADE.now), "maker's signature")
    assert only_wrong(checked(MADE.sign(MADE.sealing(forged))), "maker's signature")


@pytest.mark.parametrize("use", [Use.NODE, Use.TSA])
def test_a_maker_or_signer_with_a_certificate_for_another_use_is_refused(use: Use) -> None:
    key = SM2.generate()
    other = der(MADE.root.issue(use, Holder("other"), key.verifier.spki, 9 * DAY, MADE.now - DAY))
    made = replace(MADE, maker=key, maker_certificate=other)
    assert only_wrong(check_seal(made.seal(), MADE.bundle, MADE.now), "maker", "maker's certificate")
    seal = MADE.seal(signers=(other,))
    found = checked(MADE.sign(MADE.sealing(seal, signer=key, certificate=other)))
    assert only_wrong(found, "signer's certificate")


def test_a_signer_makes_no_seals_and_other_makers_must_be_listed() -> None:
    own = replace(MADE, maker=MADE.signer, maker_certificate=MADE.certificate)
    assert only_wrong(check_seal(own.seal(), MADE.bundle, MADE.now), "maker", "maker and signer")
    key = SM2.generate()
    other = MADE.root.issue(Use.SEAL, Holder("another signer"), key.verifier.spki, 9 * DAY, MADE.now - DAY)
    seal = replace(MADE, maker=key, maker_certificate=der(other)).seal(name="国务院公章")
    assert only_wrong(check_seal(seal, MADE.bundle, MADE.now), "maker")
    assert check_seal(seal, replace(MADE.bundle, seal_makers=(other,)), MADE.now).verdict is Verdict.VALID


def test_a_maker_that_is_its_own_signer_needs_the_administrators_consent() -> None:
    own = replace(MADE, maker=MADE.signer, maker_certificate=MADE.certificate)
    signature = own.sign()
    certificate = read_certificate(MADE.certificate)
    known = replace(MADE.bundle, seal_makers=(certificate,))
    assert only_wrong(checked(signature, bundle=known), "maker and signer")
    accepted = checked(signature, bundle=replace(MADE.bundle, self_makers=(certificate,)))
    assert accepted.verdict is Verdict.VALID
    assert "accepted here" in accepted.step("maker and signer").detail
    key = SM2.generate()
    other = der(MADE.root.issue(Use.SEAL, Holder("other"), key.verifier.spki, 9 * DAY, MADE.now - DAY))
    for_others = own.seal(signers=(MADE.certificate, other))  # accepted as the maker of its own seals, and no others
    assert only_wrong(check_seal(for_others, replace(MADE.bundle, self_makers=(certificate,)), MADE.now), "maker")


@pytest.mark.parametrize(
    ("habit", "told"),
    [(with_null_parameters, "NULL parameters"), (with_defaults_written_out, "default is written out")],
)
def test_certificates_as_real_authorities_write_them_verify(
    habit: Callable[[bytes, Signer], bytes], told: str, tmp_path: Path
) -> None:
    maker, signer = (habit(item, MADE.root.signer) for item in (MADE.maker_certificate, MADE.certificate))
    made = replace(MADE, maker_certificate=maker, certificate=signer)
    found = checked(made.sign(made.sealing(made.seal(signers=(signer,)))))
    assert found.verdict is Verdict.VALID, found.steps
    assert told in found.step("signer's certificate").detail
    assert told in found.step("maker's certificate").detail
    assert found.signed_by == "113205000000140157"
    wrong = bytearray(signer)
    wrong[-1] ^= 1
    forged = replace(made, certificate=bytes(wrong))
    assert only_wrong(
        checked(forged.sign(forged.sealing(forged.seal(signers=(bytes(wrong),))))), "signer's certificate"
    )
    TrustBundle((), (), (), seal_makers=(read_certificate(maker),)).save(tmp_path)
    assert pem(read_certificate(maker)) == (tmp_path / "seal-makers.pem").read_bytes()
    assert [der(item) for item in load_certificates(pem(read_certificate(maker)))] == [maker]
    assert fingerprint(read_certificate(maker)) == sha256(maker).hexdigest()


def test_a_revocation_list_with_null_parameters_revokes() -> None:
    serial = read_certificate(MADE.certificate).serial_number
    plain = MADE.root.revocation_list({serial: MADE.now - DAY}, 2, 90 * DAY, MADE.now)
    data = with_null_parameters(plain.public_bytes(serialization.Encoding.DER), MADE.root.signer)
    found = checked(MADE.sign(), bundle=replace(MADE.bundle, seal_lists=(x509.load_der_x509_crl(data),)))
    assert "revoked at" in found.step("signer's certificate").detail
    assert found.step("maker's certificate").verdict is Verdict.VALID


def test_a_revocation_list_that_writes_defaults_out_revokes(tmp_path: Path) -> None:
    serial = read_certificate(MADE.certificate).serial_number
    plain = MADE.root.revocation_list({serial: MADE.now - DAY}, 2, 90 * DAY, MADE.now)
    data = list_with_defaults_written_out(plain.public_bytes(serialization.Encoding.DER), MADE.root.signer)
    text = b"-----BEGIN X509 CRL-----\n" + b64encode(data) + b"\n-----END X509 CRL-----\n"
    lists = tuple(load_revocation_lists(text))
    found = checked(MADE.sign(), bundle=replace(MADE.bundle, seal_lists=lists))
    assert "revoked at" in found.step("signer's certificate").detail
    assert found.step("maker's certificate").verdict is Verdict.VALID
    assert [item.public_bytes(serialization.Encoding.DER) for item in load_revocation_lists(pem(*lists))] == [data]
    wrong = b64encode(data[:-1] + bytes([data[-1] ^ 1]))
    forged = load_revocation_lists(text.replace(b64encode(data), wrong))
    found = checked(MADE.sign(), bundle=replace(MADE.bundle, seal_lists=tuple(forged)))
    assert found.verdict is Verdict.UNDECIDED


def test_a_signature_of_r_and_s_alone_verifies_and_is_called_so() -> None:
    plain = MADE.sign()
    signed, certificate, algorithm, _ = asn1.sequence_of(plain, "x")
    value = MADE.signer.sign(signed.raw)
    raw = asn1.sequence(signed.raw, certificate.raw, algorithm.raw, asn1.bits(value))
    found = checked(raw)
    assert found.verdict is Verdict.VALID, found.steps
    assert "r and s alone" in found.step("signature").detail
    assert "alone" not in checked(plain).step("signature").detail
    wrong = asn1.sequence(signed.raw, certificate.raw, algorithm.raw, asn1.bits(value[:-1] + bytes([value[-1] ^ 1])))
    assert only_wrong(checked(wrong), "signature")


def test_a_time_stamper_revoked_since_proves_nothing() -> None:
    signature = MADE.sign(MADE.sealing(tsa=MADE.tsa))
    serial = read_certificate(MADE.tsa.chain[0]).serial_number
    lists = MADE.clocks.revocation_list({serial: MADE.now + DAY}, 2, 90 * DAY, MADE.now)
    bundle = replace(MADE.bundle, revocation_lists=(lists,))
    assert only_wrong(checked(signature, bundle=bundle), "timestamp")


def test_an_invalid_certificate_is_reported_and_nothing_is_raised() -> None:
    for certificate in (
        b"junk",
        MADE.certificate[:200],
        MADE.certificate.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07"),
    ):
        found = checked(MADE.sign(MADE.sealing(certificate=certificate)))
        assert found.verdict is Verdict.INVALID
        assert found.signed_by == ""
        assert (
            check_seal(replace(MADE, maker_certificate=certificate).seal(), MADE.bundle, MADE.now).verdict
            is Verdict.INVALID
        )


def test_a_name_that_would_fake_lines_is_refused() -> None:
    for name in ("公章\n  ✓ 签章值", "公章\x1b[2K"):
        assert "printable" in check_seal(MADE.seal(name=name), MADE.bundle, MADE.now).steps[0].detail


def test_a_maker_with_a_key_of_another_suite_is_reported() -> None:
    key = SUITES["ES256"].generate()
    certificate = MADE.root.issue(Use.MAKER, Holder("maker"), key.verifier.spki, 9 * DAY, MADE.now - DAY)
    seal = replace(MADE, maker=key, maker_certificate=der(certificate)).seal()
    assert only_wrong(check_seal(seal, MADE.bundle, MADE.now), "maker's signature")


def test_re_encoded_bytes_are_refused() -> None:
    # A FALSE that is written out is signed as it was written: a reader that re-encodes would call this one wrong.
    extension = asn1.sequence(
        asn1.oid("1.2.156.1"), asn1.write(asn1.BOOLEAN, b"\x00"), asn1.write(asn1.OCTET_STRING, b"x")
    )
    info = asn1.items(asn1.read(MADE.seal(), "x"), "x")[0]
    written = asn1.sequence(info.contents, asn1.sequence(extension))
    seal = MADE.resign(written)
    assert check_seal(seal, MADE.bundle, MADE.now).verdict is Verdict.VALID
    encoded_anew = seal.replace(extension, asn1.sequence(asn1.oid("1.2.156.1"), asn1.write(asn1.OCTET_STRING, b"x")))
    found = check_seal(_same_lengths(encoded_anew), MADE.bundle, MADE.now)
    assert found.verdict is Verdict.INVALID


def _same_lengths(seal: bytes) -> bytes:
    """Adjust the lengths around a shortened extension, so that only the signature is wrong."""
    info = asn1.items(asn1.read(MADE.seal(), "x"), "x")[0]
    short = asn1.sequence(asn1.sequence(asn1.oid("1.2.156.1"), asn1.write(asn1.OCTET_STRING, b"x")))
    rest = seal[seal.index(short[2:]) + len(short) - 2 :]
    return asn1.sequence(asn1.sequence(info.contents, short), rest)


def test_an_unknown_critical_extension_is_refused() -> None:
    found = check_seal(MADE.seal(extensions=(Extension("1.2.156.9", True, b"x"),)), MADE.bundle, MADE.now)
    assert only_wrong(found, "seal's extensions")
    signature = write_signature(
        MADE.sealing(), sm3(DOCUMENT), MADE.now, "document.bin", [Extension("1.2.3", True, b"")]
    )
    assert only_wrong(checked(signature), "extensions")


def test_extensions_are_taken_with_and_without_their_tag() -> None:
    info = asn1.items(asn1.read(MADE.seal(), "x"), "x")[0]
    inner = asn1.sequence(asn1.sequence(asn1.oid("1.2.156.1"), asn1.write(asn1.OCTET_STRING, b"x")))
    for held in (inner, asn1.write(asn1.EXPLICIT, inner)):
        found = check_seal(MADE.resign(asn1.sequence(info.contents, held)), MADE.bundle, MADE.now)
        assert found.verdict is Verdict.VALID
        assert found.seal.extensions == (Extension("1.2.156.1", False, b"x"),)


def test_a_wrong_algorithm_is_refused() -> None:
    seal = MADE.seal()
    wrong = seal.replace(asn1.oid("1.2.156.10197.1.501"), asn1.oid("1.2.156.10197.1.301"))
    assert len(wrong) == len(seal)
    assert "SM2 with SM3" in check_seal(wrong, MADE.bundle, MADE.now).step("maker's signature").detail


@pytest.mark.parametrize(
    ("bend", "rule"),
    [
        (lambda data: data[:-1], "ends within"),
        (lambda data: data + b"\x00", "follow its end"),
        (lambda data: b"\x30\x80" + data[4:] + b"\x00\x00", "indefinite"),
        (lambda data: b"\x30\x83\x00" + data[2:], "shortest form"),
        (lambda data: b"\x30\x84\xff\xff\xff\xff" + data[4:], "ends within"),
        (lambda _: b"\x30\x82\x13\x88" * 1250, "ends within"),
        (lambda _: b"\x30\x80" * 5000, "indefinite"),
        (lambda _: asn1.sequence(), "missing"),
        (lambda _: b"", "ends within"),
        (lambda data: data + bytes(MAX_SEAL), "at most"),
        (lambda data: data.replace(b"ES", b"EX"), "must be ES"),
        (lambda data: data.replace(b"\x16\x02ES\x02\x01\x04", b"\x16\x02ES\x02\x01\x09"), "header.version"),
        (lambda data: data.replace(b"\x16\x03PNG", b"\x0c\x03PNG"), None),
        (lambda data: data.replace(b"\x03PNG\x04", b"\x03PNG\x05"), "picture.data"),
    ],
)
def test_a_broken_structure_is_named(bend: object, rule: str | None) -> None:
    data = bend(MADE.seal())  # type: ignore[operator]
    found = check_seal(data, MADE.bundle, MADE.now)
    if rule is None:
        assert found.verdict is Verdict.INVALID
        return
    assert found.seal is None
    assert rule in found.steps[0].detail


def test_a_picture_beyond_all_measure_is_refused() -> None:
    with pytest.raises(MalformedError, match="at most"):
        read_seal(MADE.seal(picture=Picture("PNG", bytes(1024 * 1024 + 1), 42, 42)))
    with pytest.raises(MalformedError, match="at most"):
        read_seal(MADE.seal(picture=Picture("PNG", bytes(100 * 1024 * 1024), 42, 42)))


def test_versions_do_not_mix() -> None:
    with pytest.raises(MalformedError, match="the seal in it is of version 4"):
        read_signature(MADE.sign(replace(MADE.sealing(), version=5)))


def test_the_first_version_is_read_and_verified() -> None:
    info, *_ = asn1.items(asn1.read(MADE.seal(), "x"), "x")
    header, identifier, known, picture = asn1.items(info, "x")
    kind, name, _, certificates, *times = asn1.items(known, "x")
    short = [asn1.write(asn1.UTC_TIME, item.contents[2:]) for item in times]
    old = asn1.sequence(
        header.raw.replace(b"\x02\x01\x04", b"\x02\x01\x01"), identifier.raw,
        asn1.sequence(kind.raw, name.raw, certificates.raw, *short), picture.raw,
    )  # fmt: skip
    certificate, algorithm = asn1.write(asn1.OCTET_STRING, MADE.maker_certificate), asn1.oid("1.2.156.10197.1.501")
    value = SM2.encode(MADE.maker.sign(asn1.sequence(old, certificate, algorithm)))
    seal = asn1.sequence(old, asn1.sequence(certificate, algorithm, asn1.bits(value)))
    assert check_seal(seal, MADE.bundle, MADE.now).verdict is Verdict.VALID
    to_sign = asn1.sequence(
        asn1.integer(1), seal, asn1.bits(asn1.time(MADE.now)), asn1.bits(sm3(DOCUMENT)),
        asn1.write(asn1.IA5, b"document.bin"), asn1.write(asn1.OCTET_STRING, MADE.certificate), algorithm,
    )  # fmt: skip
    signature = asn1.sequence(to_sign, asn1.bits(SM2.encode(MADE.signer.sign(to_sign))))
    found = checked(signature)
    assert found.verdict is Verdict.VALID, found.steps
    assert found.signature.version == 1


def test_openssl_verifies_our_timestamp(tmp_path: Path) -> None:
    signature = read_signature(MADE.sign(MADE.sealing(tsa=MADE.tsa)))
    (tmp_path / "token").write_bytes(signature.timestamp)
    (tmp_path / "value").write_bytes(signature.signature)
    from keys.certificates import pem

    (tmp_path / "root.pem").write_bytes(pem(MADE.clocks.certificate))
    found = subprocess.run(
        ["openssl", "ts", "-verify", "-token_in", "-in", tmp_path / "token", "-data", tmp_path / "value", "-CAfile", tmp_path / "root.pem"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert "Verification: OK" in found.stdout + found.stderr
