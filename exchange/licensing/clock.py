"""A time-stamping authority of the node's own (RFC 3161), with a certificate made for that and nothing else."""

import secrets
from datetime import UTC, datetime
from hashlib import sha256

from asn1crypto import algos, cms, core, tsp, x509
from pyhanko.sign.timestamps import TimeStamper

from keys.suites import SUITES, Signer

_POLICY = "1.3.6.1.4.1.99999.1"  # [local] time from this machine's clock, to the second
_SERIAL_BITS = 120


class Clock(TimeStamper):
    """Stamps what pyHanko asks it to; SHA-256 and ECDSA on P-256."""

    def __init__(self, signer: Signer, chain: tuple[bytes, ...]) -> None:
        """``chain`` holds DER certificates, the stamp's own first."""
        super().__init__()  # type: ignore[no-untyped-call]  # untyped upstream
        self._signer = signer
        self._chain = [x509.Certificate.load(item) for item in chain]

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """The answer to a request."""
        info = {
            "version": "v1",
            "policy": _POLICY,
            "message_imprint": req["message_imprint"],
            "serial_number": secrets.randbits(_SERIAL_BITS),
            "gen_time": datetime.now(UTC).replace(microsecond=0),
        }
        if req["nonce"].native is not None:
            info["nonce"] = req["nonce"]
        content = tsp.TSTInfo(info).dump()
        token = cms.ContentInfo({"content_type": "signed_data", "content": self._signed(content)})
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})

    def _signed(self, content: bytes) -> cms.SignedData:
        own = self._chain[0]
        identifier = tsp.ESSCertIDv2({"cert_hash": sha256(own.dump()).digest()})
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [sha256(content).digest()]},
                {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [identifier]})]},
            ]
        )
        name = cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number})
        digest = algos.DigestAlgorithm({"algorithm": "sha256"})
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier({"issuer_and_serial_number": name}),
                "digest_algorithm": digest,
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
                "signature": SUITES[self._signer.algorithm].encode(self._signer.sign(attributes.dump())),
            }
        )
        return cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [digest],
                "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
                "certificates": self._chain,
                "signer_infos": [signer],
            }
        )
