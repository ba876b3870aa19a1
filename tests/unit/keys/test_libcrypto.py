"""Tests of SM2: the standard's vectors, threads, memory, and errors."""

import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keys import libcrypto
from keys.errors import MalformedError
from keys.suites import SUITES, signer_for
from keys.suites.sm2 import IDENTITY

POINT = (
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004" + POINT)
SM2 = SUITES["SM2-SM3"]


def test_the_standards_signature_verifies_and_nothing_near_it() -> None:
    verifier = SM2.verifier(SPKI)
    assert verifier.spki == SPKI
    assert verifier.verify(bytes.fromhex(R + S), b"message digest")
    assert not verifier.verify(bytes.fromhex(R + S), b"message digesT")
    assert not verifier.verify(bytes.fromhex(S + R), b"message digest")


def test_the_identity_is_part_of_what_is_signed() -> None:
    key = libcrypto.read_public(SPKI)
    signature = SM2.encode(bytes.fromhex(R + S))
    assert libcrypto.verify(key, IDENTITY, signature, b"message digest")
    assert not libcrypto.verify(key, b"ALICE123@YAHOO.COM", signature, b"message digest")


@pytest.mark.parametrize("spki", [SPKI[:-1] + b"\x00", SPKI[:-2], b"", SPKI[:27] + bytes(64), b"\x30\x00"])
def test_a_point_that_is_not_on_the_curve_is_refused(spki: bytes) -> None:
    with pytest.raises(MalformedError, match="not an SM2 key"):
        libcrypto.read_public(spki)


def test_many_threads_sign_and_verify_with_one_key() -> None:
    signer = SM2.generate()
    verifier = signer.verifier

    def work(number: int) -> bool:
        data = b"%d" % number
        return verifier.verify(signer.sign(data), data)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(2000)))


def test_signing_and_failing_leak_nothing() -> None:
    signer = SM2.generate()
    verifier = signer.verifier
    grown = []
    for _ in range(3):
        for _ in range(1500):
            signature = signer.sign(b"data")
            verifier.verify(signature, b"date")
            libcrypto.read_private(b"no key", None)
        grown.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert grown[2] - grown[0] < 1024  # KiB; a context leaked at each signature would be megabytes


def test_others_go_on_while_a_signature_is_made() -> None:
    signer, data, counted = SM2.generate(), bytes(64 * 1024 * 1024), 0
    with ThreadPoolExecutor(1) as pool:
        signing = pool.submit(signer.sign, data)
        while not signing.done():
            counted += 1
            time.sleep(0.001)
    assert counted > 20  # SM3 over 64 MiB takes a while, during which other threads run


@pytest.mark.parametrize("password", [None, "secret"])
def test_openssls_own_keys_are_read(tmp_path: Path, password: str | None) -> None:
    path = tmp_path / "key.pem"
    cipher = ["-aes-256-cbc", "-pass", f"pass:{password}"] if password else []
    subprocess.run(["openssl", "genpkey", "-algorithm", "SM2", "-out", path, *cipher], check=True, capture_output=True)
    secret = password.encode() if password else None
    signer = signer_for(path.read_bytes(), secret)
    assert signer.algorithm == "SM2-SM3"
    assert signer.verifier.verify(signer.sign(b"x"), b"x")
    if password:
        with pytest.raises(MalformedError, match="this password"):
            signer_for(path.read_bytes(), b"wrong")


def test_an_empty_password_is_no_password() -> None:
    with pytest.raises(MalformedError, match="at least one byte"):
        SM2.generate().pkcs8(b"")


def test_a_machine_without_sm2_gets_a_clear_error() -> None:
    code = "from keys.suites import SUITES; SUITES['SM2-SM3'].generate()"
    for library in ("libm.so.6", "no-such-library"):
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"YICI_LIBCRYPTO": library}
        )
        assert "SM2 needs OpenSSL 3's libcrypto" in found.stderr


def test_other_suites_do_not_need_libcrypto() -> None:
    code = "from keys.suites import SUITES; SUITES['ES256'].generate().sign(b''); SUITES['EdDSA'].generate()"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"YICI_LIBCRYPTO": "none"})
