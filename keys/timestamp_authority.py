"""A time-stamping authority (RFC 3161) with a certificate for this use only."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from keys import der
from keys.certificates import read_certificate
from keys.suites import SUITES, Signer
from keys.timestamps import CONTENT_TYPE, MESSAGE_DIGEST, SHA256, SIGNED_DATA, SIGNING_CERTIFICATE, TST_INFO

POLICY = "1.3.6.1.4.1.99999.1"
"""[local] The time is this machine's clock, to the second."""
_SET, _SIGNED_ATTRIBUTES, _CERTIFICATES = 0x31, 0xA0, 0xA0
_SERIAL_BITS = 120


@dataclass(frozen=True, slots=True)
class TimestampAuthority:
    """Issues time-stamp tokens with a signer and its certificates (DER, its own first)."""

    signer: Signer
    chain: Sequence[bytes]

    def stamp(self, data: bytes) -> bytes:
        """Return a token (DER) for these bytes at the present time."""
        imprint = der.sequence(_algorithm(SHA256), der.write(der.OCTET_STRING, sha256(data).digest()))
        return self.stamp_imprint(imprint)

    def stamp_imprint(self, imprint: bytes, nonce: int | None = None) -> bytes:
        """Return a token (DER) for a MessageImprint (DER), with the nonce of a request."""
        content = der.sequence(
            der.integer(1),
            der.oid(POLICY),
            imprint,
            der.integer(secrets.randbits(_SERIAL_BITS)),
            der.time(datetime.now(UTC)),
            *([der.integer(nonce)] if nonce is not None else []),
        )
        identifier = der.sequence(der.write(der.OCTET_STRING, sha256(self.chain[0]).digest()))
        attributes = [
            _attribute(CONTENT_TYPE, der.oid(TST_INFO)),
            _attribute(MESSAGE_DIGEST, der.write(der.OCTET_STRING, sha256(content).digest())),
            _attribute(SIGNING_CERTIFICATE, der.sequence(der.sequence(identifier))),
        ]
        signed = b"".join(sorted(attributes))
        suite = SUITES[self.signer.algorithm]
        signature = suite.encode(self.signer.sign(der.write(_SET, signed)))
        own = read_certificate(self.chain[0])
        signer = der.sequence(
            der.integer(1),
            der.sequence(own.issuer.public_bytes(), der.integer(own.serial_number)),
            _algorithm(SHA256),
            der.write(_SIGNED_ATTRIBUTES, signed),
            suite.signature_algorithm,
            der.write(der.OCTET_STRING, signature),
        )
        data = der.sequence(
            der.integer(3),
            der.write(_SET, _algorithm(SHA256)),
            der.sequence(der.oid(TST_INFO), der.write(der.EXPLICIT, der.write(der.OCTET_STRING, content))),
            der.write(_CERTIFICATES, *self.chain),
            der.write(_SET, signer),
        )
        return der.sequence(der.oid(SIGNED_DATA), der.write(der.EXPLICIT, data))


def _algorithm(oid: str) -> bytes:
    return der.sequence(der.oid(oid))


def _attribute(oid: str, value: bytes) -> bytes:
    return der.sequence(der.oid(oid), der.write(_SET, value))
