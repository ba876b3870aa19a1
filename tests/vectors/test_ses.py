"""Tests of third parties' seals: each step has the expected result."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keys.evidence import Verdict
from keys.ses.checking import check_seal, check_signature
from keys.ses.proof import Presented
from keys.trust import TrustBundle

NOBODY = TrustBundle((), (), ())
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def vectors() -> Path:
    folder = os.environ.get("YICI_VECTORS", "")
    if not folder or not (Path(folder) / "ses").is_dir():
        pytest.skip("YICI_VECTORS names no folder with ses/")
    return Path(folder) / "ses"


def test_a_third_partys_seal_has_a_right_signature_and_an_ended_period(vectors: Path) -> None:
    data = (vectors / "UserV4.esl").read_bytes()
    found = check_seal(data, NOBODY, NOW)
    assert found.step("format").verdict is Verdict.VALID
    assert found.step("maker's signature").verdict is Verdict.VALID
    assert found.step("seal's period").detail.startswith("over: 2020-04-22 02:09:00 UTC to 2022-04-22 02:09:00 UTC")
    assert found.verdict is Verdict.INVALID
    within = check_seal(data, NOBODY, datetime(2021, 1, 1, tzinfo=UTC))
    assert within.step("seal's period").verdict is Verdict.VALID


def test_a_third_partys_signature_is_right_and_its_digest_wrong(vectors: Path) -> None:
    data = (vectors / "SignedValueV4.dat").read_bytes()
    found = check_signature(data, Presented(b"any document"), NOBODY, NOW)
    for right in ("format", "signature", "signer", "signing time", "maker's signature"):
        assert found.step(right).verdict is Verdict.VALID
    assert found.step("document").verdict is Verdict.INVALID
    zero = check_signature(data, Presented(digest=bytes(32)), NOBODY, NOW)
    assert zero.step("document").verdict is Verdict.VALID
    assert found.verdict is Verdict.INVALID


@pytest.mark.parametrize("at", [100, 9000, 16950, 17000])
def test_any_changed_bit_of_a_third_partys_seal_is_detected(vectors: Path, at: int) -> None:
    data = bytearray((vectors / "UserV4.esl").read_bytes())
    data[at] ^= 1
    found = check_seal(bytes(data), NOBODY, NOW)
    assert {step.name for step in found.steps if step.verdict is not Verdict.VALID} & {"format", "maker's signature"}
