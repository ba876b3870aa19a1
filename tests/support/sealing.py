"""An authority for tests of licenses: a root, an issuing CA, a seal, and what they sign."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from exchange.licensing.envelope import Envelopes, Place
from exchange.pki.agency_seals import AgencySeal
from keys.authority import Authority
from keys.authority import Holder as Named
from keys.certificates import Use, der, now_utc
from keys.jws import Issuer
from keys.qr import Essentials, write_qr
from keys.statuslist import JWT_TYPE, Published, Status, as_cwt, as_jwt, pack
from keys.suites import SUITES, Signer
from keys.trust import TrustBundle
from registry.catalogue import Sensitivity
from registry.licenses.fields import LicenseField
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import Draft
from registry.licenses.types import LicenseType
from registry.licenses.validity import Validity

AGENCY = "113205000000140157"
URI = "http://127.0.0.1:7480/status/"
KIND = LicenseType(
    "residence_permit", "居住证", "Residence permit", "113205000000140900903", "公安部", AGENCY, (AGENCY,), (HolderKind.CITIZEN_ID,),
    (
        LicenseField("address", "居住地址", "Address", "KZ_JZDZ", sensitivity=Sensitivity.SENSITIVE),
        LicenseField("sex", "性别", "Sex", "KZ_XB"),
    ),
    validity=Validity(12),
)  # fmt: skip
DRAFT = Draft(
    KIND.id, "R-1", "JZ-1", (Holder(HolderKind.CITIZEN_ID, "650102199406180284", "阿依努尔·买买提"),),
    {"address": "平江路 66 号", "sex": "女"}, date(2026, 1, 1), date(2090, 1, 1),
)  # fmt: skip


@dataclass(frozen=True)
class Sealing:
    """An authority and an agency's seal."""

    root: Authority
    issuing: Authority
    signer: Signer
    certificate: bytes

    @classmethod
    def make(cls, agency: str = AGENCY) -> "Sealing":
        now = now_utc() - timedelta(days=1)
        root = Authority.root(SUITES["ES256"].generate(), Named("Root"), timedelta(days=99), now)
        issuing = root.issuing(SUITES["ES256"].generate(), Named("Issuing"), timedelta(days=98), now)
        return cls(root, issuing, *_seal(issuing, agency))

    def other_agency(self, agency: str) -> "Sealing":
        """Return a seal of another agency under the same authority."""
        signer, certificate = _seal(self.issuing, agency)
        return replace(self, signer=signer, certificate=certificate)

    @property
    def chain(self) -> tuple[bytes, bytes]:
        return self.certificate, der(self.issuing.certificate)

    @cached_property
    def bundle(self) -> TrustBundle:
        from cryptography import x509

        now = datetime.now(UTC)
        lists = [ca.revocation_list({}, 1, timedelta(days=90), now) for ca in (self.root, self.issuing)]
        seals = (x509.load_der_x509_certificate(self.certificate), self.issuing.certificate)
        return TrustBundle((self.root.certificate,), tuple(lists), (), seals)

    def envelope(self, index: int = 7, draft: Draft = DRAFT) -> str:
        seal = AgencySeal(self.signer, self.chain, 9e12)
        place = Place("1.2.156.3005.2.x", now_utc(), 1, index)
        return Envelopes(seal, AGENCY, URI).seal(draft, KIND, place)[0]

    def qr(self, index: int = 7, digest: str = "ab" * 32) -> str:
        now = int(now_utc().timestamp())
        essentials = Essentials(
            AGENCY, "1.2.156.3005.2.x", "居住证", "阿***", digest, now, now + 9999, f"{URI}1", index
        )
        return write_qr(essentials, self.signer, self.certificate)

    def status_list(
        self, states: dict[int, Status] | None = None, uri: str = f"{URI}1", hours: float = 24, began: float = 0
    ) -> str:
        now = int(now_utc().timestamp() + began * 3600)
        published = Published(uri, AGENCY, now, int(now + hours * 3600), 60)
        return as_jwt(published, pack(1 << 10, (states or {}).items()), Issuer(self.signer, self.chain, JWT_TYPE))

    def status_list_cwt(self, states: dict[int, Status]) -> bytes:
        now = int(now_utc().timestamp())
        return as_cwt(
            Published(f"{URI}1", AGENCY, now, now + 99, 60),
            pack(1 << 10, states.items()),
            self.signer,
            self.certificate,
        )


def _seal(issuing: Authority, agency: str) -> tuple[Signer, bytes]:
    signer = SUITES["ES256"].generate()
    named = Named("seal", "agency", agency)
    return signer, der(
        issuing.issue(Use.SEAL, named, signer.verifier.spki, timedelta(days=9), now_utc() - timedelta(days=1))
    )
