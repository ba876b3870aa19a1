"""An authority for tests of national e-seals: anchor, maker, signer, clock, and what they sign."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from keys import der as asn1
from keys.authority import Authority, Holder
from keys.certificates import Use, der, now_utc
from keys.ses.structure import Picture
from keys.ses.writing import SealDraft, Sealing, write_seal, write_signature
from keys.sm3 import sm3
from keys.suites import SUITES, Signer
from keys.timestamp_authority import TimestampAuthority
from keys.trust import TrustBundle

SM2 = SUITES["SM2-SM3"]
DAY = timedelta(days=1)
AGENCY = "113205000000140157"
DOCUMENT = "关于开展数据共享的通知".encode()
PICTURE = Picture("PNG", b"\x89PNG...", 42, 42)


@dataclass(frozen=True)
class Stamping:
    """An anchor, a maker and a signer."""

    root: Authority
    clocks: Authority
    maker: Signer
    maker_certificate: bytes
    signer: Signer
    certificate: bytes
    tsa: TimestampAuthority
    now: datetime

    @classmethod
    def make(cls, days: int = 30) -> "Stamping":
        now = now_utc()
        begin = now - 20 * DAY
        root = Authority.root(SM2.generate(), Holder("Seal root"), 400 * DAY, begin, 0)
        clocks = Authority.root(SUITES["ES256"].generate(), Holder("Root"), 400 * DAY, begin)
        maker, signer, clock = SM2.generate(), SM2.generate(), SUITES["ES256"].generate()
        return cls(
            root, clocks, maker,
            der(root.issue(Use.MAKER, Holder("maker"), maker.verifier.spki, 300 * DAY, begin)),
            signer,
            der(root.issue(Use.SEAL, Holder("seal", "agency", AGENCY), signer.verifier.spki, days * DAY, begin)),
            TimestampAuthority(clock, [der(clocks.issue(Use.TSA, Holder("clock"), clock.verifier.spki, 300 * DAY, begin))]),
            now,
        )  # fmt: skip

    @cached_property
    def bundle(self) -> TrustBundle:
        return self.bundle_with({})

    def bundle_with(self, revoked: dict[int, datetime]) -> TrustBundle:
        lists = self.root.revocation_list(revoked, 1, 90 * DAY, self.now)
        clocks = self.clocks.revocation_list({}, 1, 90 * DAY, self.now)
        return TrustBundle((self.clocks.certificate,), (clocks,), (), (), (self.root.certificate,), (lists,))

    @cached_property
    def draft(self) -> SealDraft:
        return SealDraft(
            "32050000000001", 1, "苏州市公安局", (self.certificate,), self.now - DAY, self.now - DAY, self.now + 9 * DAY, PICTURE
        )  # fmt: skip

    def seal(self, **changed: object) -> bytes:
        return write_seal(replace(self.draft, **changed), self.maker, self.maker_certificate)  # type: ignore[arg-type]

    def sealing(self, seal: bytes = b"", **changed: object) -> Sealing:
        return replace(Sealing(seal or self.seal(), self.signer, self.certificate), **changed)  # type: ignore[arg-type]

    def sign(self, sealing: Sealing | None = None, document: bytes = DOCUMENT, at: datetime | None = None) -> bytes:
        return write_signature(sealing or self.sealing(), sm3(document), at or self.now, "document.bin")

    def resign(self, info: bytes) -> bytes:
        """Return a seal over any bytes, with the maker's right signature."""
        value = asn1.bits(SM2.encode(self.maker.sign(info)))
        certificate = asn1.write(asn1.OCTET_STRING, self.maker_certificate)
        return asn1.sequence(info, certificate, asn1.oid("1.2.156.10197.1.501"), value)
