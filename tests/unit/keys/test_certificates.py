import subprocess
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from keys import authority
from keys.authority import Authority, Holder, request
from keys.certificates import Use, now_utc, organization_identifier, pem
from keys.chain import ever_revoked, verify_chain
from keys.connecting import connecting_key
from keys.errors import InvalidError, MalformedError, UndecidedError
from keys.suites import SUITES
from keys.trust import TrustBundle, load_revocation_lists

YEAR = timedelta(days=365)
DAY = timedelta(days=1)
P256 = SUITES["ES256"]


class Chain:
    """Return a root, an issuing CA, and a seal's certificate."""

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


def test_a_time_without_revocation_list_is_undecided() -> None:
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


def test_a_request_yields_only_its_key() -> None:
    signer = P256.generate()
    csr = request(signer, Holder("whatever it says"))
    assert connecting_key(csr) == signer.verifier.spki


@pytest.mark.parametrize(
    "data", [b"", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"]
)
def test_an_invalid_request_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError, match="PKCS#10"):
        connecting_key(data)


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


def _bundle_of(root: Authority, authority: Authority, revoked: dict[int, datetime] | None = None) -> TrustBundle:
    now = now_utc()
    lists = [
        root.revocation_list(revoked or {}, 2, 60 * DAY, now),
        authority.revocation_list({}, 2, 60 * DAY, now),
    ]
    return TrustBundle((root.certificate,), tuple(lists), ())


def test_a_time_stated_by_a_seal_below_a_revoked_authority_is_refused() -> None:
    now = now_utc()
    root = Authority.root(P256.generate(), Holder("root"), 9 * YEAR, now - YEAR)
    issuing = root.issuing(P256.generate(), Holder("issuing"), 5 * YEAR, now - YEAR)
    late = issuing.issue(Use.SEAL, Holder("seal"), P256.generate().verifier.spki, YEAR, now - 40 * DAY)
    bundle = _bundle_of(root, issuing, {issuing.certificate.serial_number: now - 30 * DAY})
    chain = [late, issuing.certificate]
    verify_chain(chain, Use.SEAL, now - 35 * DAY, bundle)  # as of then, which is the seal's own word
    assert ever_revoked(chain, bundle)
    assert not ever_revoked(chain, _bundle_of(root, issuing))


@pytest.mark.parametrize(
    "extension",
    [
        x509.PolicyConstraints(1, None),
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"),
    ],
)
def test_an_authority_with_an_unsupported_constraint_issues_nothing(extension: x509.ExtensionType) -> None:
    now, signer = now_utc(), P256.generate()
    root = Authority.root(P256.generate(), Holder("root"), 9 * YEAR, now - YEAR)
    names = root.certificate.subject, Holder("bound").distinguished_name
    extensions = [*authority._as_authority(0), (extension, True)]
    bound = authority._issue(root.signer, *names, signer.verifier.spki, now - YEAR, 5 * YEAR, extensions)
    below = Authority(bound, signer)
    seal = below.issue(Use.SEAL, Holder("seal"), P256.generate().verifier.spki, YEAR, now - DAY)
    with pytest.raises(InvalidError, match="unknown critical extension"):
        verify_chain([seal, bound], Use.SEAL, now, _bundle_of(root, below))


def test_a_list_of_some_certificates_alone_covers_none() -> None:
    now = now_utc()
    root = Authority.root(P256.generate(), Holder("root"), 9 * YEAR, now - YEAR)
    issuing = root.issuing(P256.generate(), Holder("issuing"), 5 * YEAR, now - YEAR)
    key = load_pem_private_key(issuing.signer.pkcs8(), None)
    part = x509.CertificateRevocationListBuilder(issuing.certificate.subject, now, now + 30 * DAY).add_extension(
        x509.IssuingDistributionPoint(None, None, False, True, None, False, False), critical=True
    )
    seal = issuing.issue(Use.SEAL, Holder("seal"), P256.generate().verifier.spki, YEAR, now - DAY)
    whole = _bundle_of(root, issuing)
    bundle = TrustBundle(whole.roots, (whole.revocation_lists[0], part.sign(key, SHA256())), ())
    with pytest.raises(UndecidedError, match="no revocation list"):
        verify_chain([seal, issuing.certificate], Use.SEAL, now, bundle)


def test_a_stamp_of_time_is_made_with_a_certificate_for_that_alone() -> None:
    chain = Chain()
    signer = P256.generate()
    both = x509.ExtendedKeyUsage([Use.TSA.extended, Use.SYSTEM.extended])
    names = chain.issuing.certificate.subject, Holder("clock").distinguished_name
    usages = [(authority._key_usage(signature=True), True), (both, True)]
    mixed = authority._issue(chain.issuing.signer, *names, signer.verifier.spki, chain.now - DAY, YEAR, usages)
    with pytest.raises(InvalidError, match="for time-stamps alone"):
        verify_chain([mixed, chain.issuing.certificate], Use.TSA, chain.now, chain.bundle())


def below(
    issuer: Authority, holder: Holder, *extra: tuple[x509.ExtensionType, bool], length: int | None = 0
) -> Authority:
    """Return an authority below another, with further extensions."""
    signer = P256.generate()
    names = issuer.certificate.subject, holder.distinguished_name
    extensions = [*authority._as_authority(length), *extra]  # type: ignore[arg-type]
    made = authority._issue(issuer.signer, *names, signer.verifier.spki, now_utc() - DAY, 90 * DAY, extensions)
    return Authority(made, signer)


def verdict_on(chain: list[Authority], seal: x509.Certificate) -> str:
    """Return the verdict on a chain of authorities, root first."""
    lists = tuple(one.revocation_list({}, 1, DAY, now_utc()) for one in chain)
    path = [seal, *(one.certificate for one in reversed(chain[1:]))]
    try:
        verify_chain(path, Use.SEAL, now_utc(), TrustBundle((chain[0].certificate,), lists, ()))
    except InvalidError as error:
        return str(error)
    return ""


def sealed_below(issuer: Authority, holder: Holder, *extra: tuple[x509.ExtensionType, bool]) -> x509.Certificate:
    names = issuer.certificate.subject, holder.distinguished_name
    usage = (authority._key_usage(signature=True, commitment=True), True)
    extensions = [usage, (x509.ExtendedKeyUsage([Use.SEAL.extended]), False), *extra]
    return authority._issue(issuer.signer, *names, P256.generate().verifier.spki, now_utc() - DAY, DAY * 9, extensions)


def test_path_lengths_do_not_count_authorities_that_issued_themselves() -> None:
    root = Authority.root(P256.generate(), Holder("root"), YEAR, now_utc() - DAY, path_length=1)
    rolled = below(root, Holder("root"), length=1)  # a new key under the old name
    issuing = below(rolled, Holder("issuing"))
    assert verdict_on([root, rolled, issuing], sealed_below(issuing, Holder("seal"))) == ""
    between = below(root, Holder("between"), length=1)
    lower = below(between, Holder("lower"))
    assert "may not issue" in verdict_on([root, between, lower], sealed_below(lower, Holder("seal")))


def name_of(**parts: str) -> x509.DirectoryName:
    oids = {"CN": NameOID.COMMON_NAME, "O": NameOID.ORGANIZATION_NAME}
    return x509.DirectoryName(x509.Name([x509.NameAttribute(oids[key], value) for key, value in parts.items()]))


def alternative(*names: x509.GeneralName) -> tuple[x509.ExtensionType, bool]:
    return x509.SubjectAlternativeName(names), False


@pytest.mark.parametrize("critical", [True, False])
@pytest.mark.parametrize(
    ("permitted", "excluded", "extra", "holds"),
    [
        ([name_of(CN="SEAL")], None, (), True),
        ([name_of(CN="another")], None, (), False),
        (None, [name_of(CN=" Seal ")], (), False),
        (None, [name_of(CN="another")], (), True),
        ([x509.DNSName("gov.cn")], None, (), True),
        ([x509.DNSName("gov.cn")], None, (alternative(x509.DNSName("SZ.Gov.cn")),), True),
        ([x509.DNSName("gov.cn")], None, (alternative(x509.DNSName("notgov.cn")),), False),
        (None, [x509.DNSName("gov.cn")], (alternative(x509.DNSName("a.gov.cn")),), False),
        ([x509.RFC822Name("gov.cn")], None, (alternative(x509.RFC822Name("a@GOV.cn")),), True),
        ([x509.RFC822Name("gov.cn")], None, (alternative(x509.RFC822Name("a@sz.gov.cn")),), False),
        ([x509.RFC822Name(".gov.cn")], None, (alternative(x509.RFC822Name("a@sz.gov.cn")),), True),
        (None, [x509.RFC822Name("a@gov.cn")], (alternative(x509.RFC822Name("a@gov.cn")),), False),
        ([x509.UniformResourceIdentifier("gov.cn")], None, (alternative(x509.UniformResourceIdentifier("https://gov.cn/x")),), True),
        ([x509.UniformResourceIdentifier("gov.cn")], None, (alternative(x509.UniformResourceIdentifier("https://x.cn")),), False),
        ([x509.IPAddress(ip_network("10.0.0.0/8"))], None, (alternative(x509.IPAddress(ip_address("10.1.2.3"))),), True),
        (None, [x509.IPAddress(ip_network("10.0.0.0/8"))], (alternative(x509.IPAddress(ip_address("10.1.2.3"))),), False),
        (None, [x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))], (alternative(x509.RegisteredID(x509.ObjectIdentifier("1.2.3.4"))),), False),
        ([x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))], None, (alternative(x509.RegisteredID(x509.ObjectIdentifier("1.2.3.4"))),), False),
    ],
)  # fmt: skip
def test_constraints_on_names_bind_whether_or_not_they_are_critical(
    *,
    critical: bool,
    permitted: list[x509.GeneralName] | None,
    excluded: list[x509.GeneralName] | None,
    extra: tuple[tuple[x509.ExtensionType, bool], ...],
    holds: bool,
) -> None:
    root = Authority.root(P256.generate(), Holder("root"), YEAR, now_utc() - DAY)
    bound = below(root, Holder("bound"), (x509.NameConstraints(permitted, excluded), critical))
    assert (verdict_on([root, bound], sealed_below(bound, Holder("seal"), *extra)) == "") is holds


@pytest.mark.parametrize("mail", ["a@other.cn", "ä@other.cn"])
def test_an_e_mail_address_in_a_subject_is_a_name_that_is_bound(mail: str) -> None:
    root = Authority.root(P256.generate(), Holder("root"), YEAR, now_utc() - DAY)
    bound = below(root, Holder("bound"), (x509.NameConstraints([x509.RFC822Name("gov.cn")], None), False))
    named = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, mail)])
    usage = (authority._key_usage(signature=True, commitment=True), True)
    extensions = [usage, (x509.ExtendedKeyUsage([Use.SEAL.extended]), False)]
    key = P256.generate().verifier.spki
    seal = authority._issue(bound.signer, bound.certificate.subject, named, key, now_utc() - DAY, DAY, extensions)
    assert "bears" in verdict_on([root, bound], seal)


def test_constraints_on_names_bind_all_that_are_below() -> None:
    constraints = x509.NameConstraints(None, [name_of(CN="seal")]), False
    root = Authority.root(P256.generate(), Holder("root"), YEAR, now_utc() - DAY, path_length=2)
    bound = below(root, Holder("bound"), constraints, length=1)
    lower = below(bound, Holder("lower"))
    assert "bears a name" in verdict_on([root, bound, lower], sealed_below(lower, Holder("seal")))
    assert verdict_on([root, bound, lower], sealed_below(lower, Holder("other"))) == ""


def test_name_constraints_do_not_apply_to_self_issued_authorities() -> None:
    root = Authority.root(P256.generate(), Holder("root"), YEAR, now_utc() - DAY, path_length=2)
    constraints = x509.NameConstraints([name_of(CN="seal")], None), False
    bound = below(root, Holder("bound"), constraints, length=1)
    rolled = below(bound, Holder("bound"))  # a new key under the old name
    assert verdict_on([root, bound, rolled], sealed_below(rolled, Holder("seal"))) == ""
    assert "bears a name" in verdict_on([root, bound, rolled], sealed_below(rolled, Holder("other")))
    assert "bears a name" in verdict_on([root, bound], sealed_below(bound, Holder("bound")))


def test_a_revocation_list_of_a_version_that_there_is_not_is_malformed() -> None:
    root = Authority.root(P256.generate(), Holder("root"), YEAR, now_utc())
    data = root.revocation_list({}, 1, DAY, now_utc()).public_bytes(serialization.Encoding.DER)
    wrong = data.replace(bytes.fromhex("020101"), bytes.fromhex("020107"), 1)
    text = b"-----BEGIN X509 CRL-----\n" + b64encode(wrong) + b"\n-----END X509 CRL-----\n"
    with pytest.raises(MalformedError, match="revocation list"):
        load_revocation_lists(text)
