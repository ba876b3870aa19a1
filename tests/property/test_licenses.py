"""Property tests of licenses: any input has a verdict, and written licenses can be read."""

import zlib
from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from keys.encoding import base45, base45_decode, inflate
from keys.errors import KeysError, MalformedError
from keys.evidence import Verdict
from keys.license import check_license, status_uri_of
from keys.statuslist import Status, StatusList, pack
from registry.errors import IdentifierError, RuleError
from registry.licenses.identifier import ROOT, LicenseIdentifier
from registry.licenses.indexes import SIZE, feistel_index, feistel_number
from registry.licenses.metadata import as_json, as_xml, read_metadata
from tests.support.sealing import Sealing

SEALING = Sealing.make()
ENVELOPE, QR, LISTED = SEALING.envelope(), SEALING.qr(), SEALING.status_list()
NOW = datetime.now(UTC)
PRINTABLE = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(str.strip)


@given(st.binary(max_size=200))
def test_base45_reads_as_it_was_written(data: bytes) -> None:
    assert base45_decode(base45(data), "t") == data


@given(st.text(max_size=60))
def test_base45_has_one_spelling(text: str) -> None:
    with suppress(MalformedError):
        assert base45(base45_decode(text, "t")) == text


@given(st.binary(max_size=200))
def test_inflating_is_bounded(data: bytes) -> None:
    with suppress(MalformedError):
        assert len(inflate(data, 100, "t")) <= 100
    assert inflate(zlib.compress(data), 200, "t") == data


@given(st.one_of(st.text(max_size=80), st.binary(max_size=60).map(lambda data: base45(zlib.compress(data)))))
def test_any_presented_input_has_a_verdict_and_is_never_valid(text: str) -> None:
    assert check_license(text, SEALING.bundle, NOW, status_list=LISTED).verdict is not Verdict.VALID
    with suppress(KeysError):
        status_uri_of(text)


@given(st.sampled_from([ENVELOPE, QR]), st.integers(0), st.characters(codec="ascii"))
def test_one_changed_character_is_never_valid_as_another_license(text: str, at: int, character: str) -> None:
    at %= len(text)
    bent = text[:at] + character + text[at + 1 :]
    found = check_license(bent, SEALING.bundle, NOW, status_list=LISTED)
    assert bent == text or found.verdict is not Verdict.VALID or bent.strip() == text.strip()


@given(st.text(max_size=80))
def test_any_status_list_is_answered(text: str) -> None:
    with suppress(KeysError):
        StatusList.open(text, SEALING.bundle)
    assert check_license(ENVELOPE, SEALING.bundle, NOW, status_list=text or "x").verdict is not Verdict.VALID


@given(st.dictionaries(st.integers(0, 999), st.sampled_from(Status)))
def test_every_state_of_a_list_is_found_at_its_place(states: dict[int, Status]) -> None:
    found = StatusList("u", "i", NOW, NOW, pack(1000, states.items()))
    assert all(found.status(at) is states.get(at, Status.VALID) for at in range(1000))


@given(st.text(max_size=120).map(lambda text: f"{ROOT}.{text}"))
def test_any_identifier_is_answered(text: str) -> None:
    with suppress(IdentifierError):
        assert LicenseIdentifier.parse(text).text == text.strip().upper()


@given(st.binary(min_size=1, max_size=32), st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
def test_two_licenses_never_share_a_status_list_index(secret: bytes, one: int, other: int) -> None:
    assert (feistel_index(secret, one) == feistel_index(secret, other)) == (one == other)
    assert feistel_number(secret, feistel_index(secret, one)) == one


@given(
    st.dictionaries(st.sampled_from(["ZZMC", "ZZBH", "KZ_ZL"]), PRINTABLE), st.lists(PRINTABLE, min_size=1, max_size=3)
)
def test_metadata_reads_as_it_was_written(values: dict[str, str], holders: list[str]) -> None:
    everything = values | {"CZZT": holders}
    for data in (as_json(everything), as_xml(everything)):
        assert read_metadata(data) == everything


@given(st.binary(max_size=120))
def test_any_metadata_is_answered(data: bytes) -> None:
    with suppress(RuleError):
        read_metadata(data)
