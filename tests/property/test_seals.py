"""Property tests of DER and e-seals: any input has a result, and written structures can be read."""

from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from keys import der
from keys.errors import KeysError, MalformedError
from keys.evidence import Verdict
from keys.ses.checking import check_seal, check_signature
from keys.ses.proof import Presented
from keys.timestamps import check_token
from keys.trust import TrustBundle
from tests.support.stamping import DOCUMENT, Stamping

MADE = Stamping.make()
SEAL, SIGNATURE = MADE.seal(), MADE.sign()
TOKEN = MADE.tsa.stamp(b"x")
NOBODY = TrustBundle((), (), ())


@given(st.integers(min_value=-(2**200), max_value=2**200))
@example(-128)
def test_numbers_come_back(number: int) -> None:
    fields = der.Fields(der.read(der.sequence(der.integer(number)), "x"), "x")
    assert fields.integer("n", -(2**200), 2**200) == number


@given(st.lists(st.integers(0, 2**28), max_size=8), st.integers(0, 39))
def test_object_identifiers_come_back(rest: list[int], second: int) -> None:
    text = ".".join(map(str, (1, second, *rest)))
    assert der.Fields(der.read(der.sequence(der.oid(text)), "x"), "x").oid("o") == text


@given(st.datetimes(datetime(1950, 1, 1), datetime(9999, 1, 1)))
def test_times_come_back_to_the_second(at: datetime) -> None:
    at = at.replace(tzinfo=UTC, microsecond=0)
    assert der.Fields(der.read(der.sequence(der.time(at)), "x"), "x").time("t") == at


@given(st.binary(max_size=300))
def test_der_is_written_as_it_was_read(data: bytes) -> None:
    try:
        found = der.read(data, "x")
    except MalformedError:
        return
    assert der.write(found.tag, found.contents) == data


@settings(max_examples=300)
@given(st.data())
def test_an_altered_seal_or_signature_has_a_verdict_and_is_never_valid(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([SEAL, SIGNATURE]))
    at = data.draw(st.integers(0, len(whole) - 1))
    kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
    if kind == "flip":
        bent = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    elif kind == "cut":
        bent = whole[:at]
    else:
        bent = whole[:at] + data.draw(st.binary(min_size=1, max_size=5)) + whole[at:]
    if whole is SEAL:
        assert check_seal(bent, MADE.bundle, MADE.now).verdict is not Verdict.VALID
    else:
        assert check_signature(bent, Presented(DOCUMENT), MADE.bundle, MADE.now).verdict is not Verdict.VALID


@settings(max_examples=300)
@given(st.binary(max_size=400) | st.integers(0, len(TOKEN)).map(lambda at: TOKEN[:at] + b"\x30" + TOKEN[at:]))
def test_anything_at_all_is_answered(data: bytes) -> None:
    assert check_seal(data, NOBODY, MADE.now).verdict is Verdict.INVALID
    assert check_signature(data, Presented(b""), NOBODY, MADE.now).verdict is Verdict.INVALID
    with suppress(KeysError):
        check_token(data, b"x", MADE.bundle)
