import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keys.authority import Authority, Holder, request, requested_key
from keys.certificates import Use, now_utc, organization_identifier, pem
from keys.chain import verify_chain
from keys.errors import InvalidError, MalformedError, UndecidedError
from keys.suites import SUITES
from keys.trust import TrustBundle

YEAR = timedelta(days=365)
P256 = SUITES["ES256"]


class Chain:
    """A root, an issuing CA, and a seal's certificate."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or now_utc()
        self.root = Authority.root(P256.generate(), Holder("root"), 20 * YEAR, self.now)
        self.issuing = self.root.issuing(P256.generate(), Holder("issuing"), 10 * YEAR, self.now)
        spki = P256.generate().verifier.spki
        self.seal = self.issuing.issue(Use.SEAL, Holder("印章", "公安局", "113205000000140157"), spki, YEAR, self.now)

    def bundle(self, revoked: dict[int, datetime] | None = None) -> TrustBundle:
        lists = (
            self.root.revocation_list({}, 1, timedelta(days=7), self.now),
            self.issuing.revocation_list(revoked or {}, 1, timedelta(days=7), self.now),
        )
        return TrustBundle((self.root.certificate,), lists, ())

    @property
    def path(self) -> list:  # type: ignore[type-arg]
        return [self.seal, self.issuing.certificate]


def test_a_good_chain_holds_and_names_the_agency() -> None:
    chain = Chain()
    verify_chain(chain.path, Use.SEAL, chain.now, chain.bundle())
    assert organization_identifier(chain.seal) == "113205000000140157"


def test_openssl_agrees_with_the_chain_and_the_revocation_list(tmp_path: Path) -> None:
    chain = Chain()
    for name, data in (
        ("root", pem(chain.root.certificate)),
        ("mid", pem(chain.issuing.certificate)),
        ("seal", pem(chain.seal)),
    ):
        (tmp_path / name).write_bytes(data)
    command = ["openssl", "verify", "-crl_check_all", "-CAfile", "root", "-untrusted", "mid", "-CRLfile", "crl", "seal"]
    (tmp_path / "crl").write_bytes(pem(*chain.bundle().revocation_lists))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "crl").write_bytes(pem(*chain.bundle({chain.seal.serial_number: chain.now}).revocation_lists))
    assert b"revoked" in subprocess.run(command, cwd=tmp_path, capture_output=True).stderr


def test_a_seal_is_good_before_its_revocation_and_not_after() -> None:
    chain = Chain()
    bundle = chain.bundle({chain.seal.serial_number: chain.now + timedelta(hours=1)})
    verify_chain(chain.path, Use.SEAL, chain.now, bundle)
    with pytest.raises(InvalidError, match="revoked at"):
        verify_chain(chain.path, Use.SEAL, chain.now + timedelta(hours=2), bundle)


def test_what_no_revocation_list_covers_cannot_be_said() -> None:
    chain = Chain()
    with pytest.raises(UndecidedError, match="no revocation list covers"):
        verify_chain(chain.path, Use.SEAL, chain.now + timedelta(days=8), chain.bundle())


def test_an_expired_seal_is_refused() -> None:
    chain = Chain()
    with pytest.raises(InvalidError, match="not valid at"):
        verify_chain(chain.path, Use.SEAL, chain.now + 2 * YEAR, chain.bundle())


def test_a_certificate_for_another_use_is_refused() -> None:
    chain = Chain()
    with pytest.raises(InvalidError, match="not made for the use of a node"):
        verify_chain(chain.path, Use.NODE, chain.now, chain.bundle())


def test_another_root_of_the_same_name_is_refused() -> None:
    chain, stranger = Chain(), Chain()
    with pytest.raises(InvalidError, match="not signed by"):
        verify_chain(chain.path, Use.SEAL, chain.now, stranger.bundle())


def test_an_end_certificate_cannot_issue() -> None:
    chain = Chain()
    signer = P256.generate()
    end = chain.issuing.issue(Use.SEAL, Holder("end"), signer.verifier.spki, YEAR, chain.now)
    fake = Authority(end, signer).issue(Use.SEAL, Holder("fake"), P256.generate().verifier.spki, YEAR, chain.now)
    with pytest.raises(InvalidError, match="may not issue"):
        verify_chain([fake, end, chain.issuing.certificate], Use.SEAL, chain.now, chain.bundle())


def test_a_request_gives_its_key_and_nothing_else() -> None:
    signer = P256.generate()
    csr = request(signer, Holder("whatever it says"))
    assert requested_key(csr) == signer.verifier.spki


@pytest.mark.parametrize(
    "data", [b"", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"]
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError, match="PKCS#10"):
        requested_key(data)


def test_a_certificate_never_outlives_its_issuer() -> None:
    chain = Chain(datetime(2020, 1, 1, tzinfo=UTC))
    late = chain.issuing.issue(Use.SEAL, Holder("late"), P256.generate().verifier.spki, 50 * YEAR, chain.now)
    assert late.not_valid_after_utc == chain.issuing.certificate.not_valid_after_utc


def test_a_root_beside_an_older_one_of_the_same_name_is_found() -> None:
    older, chain = Chain(), Chain()
    own = chain.bundle()
    both = TrustBundle((older.root.certificate, chain.root.certificate), own.revocation_lists, ())
    verify_chain(chain.path, Use.SEAL, chain.now, both)


def test_a_name_that_a_certificate_cannot_hold_is_refused_by_its_rule() -> None:
    with pytest.raises(MalformedError, match="64 bytes"):
        Authority.root(P256.generate(), Holder("章" * 22), YEAR, now_utc())
