"""X.509 certificates and revocation lists: a root, an issuing CA, and certificates for nodes, systems and seals.

Private keys never travel: systems and nodes send a CSR (PKCS#10), of which only the public key is taken; every name
comes from the register. The agency's USCC stands in organizationIdentifier (2.5.4.97).

Whatever is signed is put together here and signed by a ``Signer``: a certificate may be of any suite, its CA's key kept
anywhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from hashlib import sha1
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys import der as asn1
from keys.errors import InvalidError, MalformedError
from keys.suites import SUITES, Signer, Verifier, suite_signing, verifier_for

SEAL_MAKING = x509.ObjectIdentifier("1.3.6.1.4.1.99999.2")  # [local] no standard gives one for makers of seals
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
_MAX_NAME_BYTES = 64  # RFC 5280, ub-common-name
_GENERALIZED_FROM = 2050
_KEPT = 4096
SKEW = timedelta(minutes=5)
"""A certificate begins this much early, for clocks that run behind."""


class Use(Enum):
    """What a certificate is for, with its extended key usage."""

    NODE = ExtendedKeyUsageOID.SERVER_AUTH
    SYSTEM = ExtendedKeyUsageOID.CLIENT_AUTH
    SEAL = DOCUMENT_SIGNING
    CLOCK = ExtendedKeyUsageOID.TIME_STAMPING
    MAKER = SEAL_MAKING


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate names."""

    name: str
    organization: str = ""
    uscc: str = ""

    @property
    def distinguished_name(self) -> x509.Name:
        """The subject, common name last."""
        attributes = []
        if len(self.name.encode()) > _MAX_NAME_BYTES:
            raise MalformedError(f"certificate name {self.name!r}: at most {_MAX_NAME_BYTES} bytes")
        if self.organization:
            attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization))
        if self.uscc:
            attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, self.uscc))
        return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, self.name)])


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA: its certificate and the signer of its key."""

    certificate: x509.Certificate
    signer: Signer

    @classmethod
    def root(
        cls, signer: Signer, holder: Holder, lifetime: timedelta, now: datetime, path_length: int = 1
    ) -> "Authority":
        """A self-signed root; below it stand so many CAs one below the other."""
        name = holder.distinguished_name
        spki = signer.verifier.spki
        extensions = [(_key_identifier(spki), False), *_as_authority(path_length)]
        return cls(_issue(signer, name, name, spki, now, lifetime, extensions), signer)

    def issuing(self, signer: Signer, holder: Holder, lifetime: timedelta, now: datetime) -> "Authority":
        """An issuing CA below this one, which may not make further CAs."""
        return Authority(self._issue(holder, signer.verifier.spki, now, lifetime, _as_authority(0)), signer)

    def issue(
        self,
        use: Use,
        holder: Holder,
        spki: bytes,
        lifetime: timedelta,
        now: datetime,
        hosts: Iterable[str] = (),
    ) -> x509.Certificate:
        """An end certificate over a public key; ``hosts`` are the DNS names and addresses of a node."""
        extensions: list[_Extension] = [
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_key_usage(signature=True, commitment=use in (Use.SEAL, Use.MAKER)), True),
            (x509.ExtendedKeyUsage([use.value]), use is Use.CLOCK),
        ]
        if names := [_host(host) for host in hosts]:
            extensions.append((x509.SubjectAlternativeName(names), False))
        return self._issue(holder, spki, now, lifetime, extensions)

    def revocation_list(
        self, revoked: Mapping[int, datetime], number: int, lifetime: timedelta, now: datetime
    ) -> x509.CertificateRevocationList:
        """A CRL of serial numbers and the times from which they are revoked."""
        entries = [asn1.sequence(asn1.integer(serial), _time(since)) for serial, since in sorted(revoked.items())]
        extensions = _extensions([(x509.CRLNumber(number), False), (self._identified(), False)])
        signed = asn1.sequence(
            asn1.integer(1),
            SUITES[self.signer.algorithm].signature_algorithm,
            self.certificate.subject.public_bytes(),
            _time(now),
            _time(now + lifetime),
            *([asn1.sequence(*entries)] if entries else []),
            asn1.write(asn1.EXPLICIT, extensions),
        )
        return x509.load_der_x509_crl(_signed(self.signer, signed))

    def _issue(
        self, holder: Holder, spki: bytes, now: datetime, lifetime: timedelta, extensions: "Iterable[_Extension]"
    ) -> x509.Certificate:
        lifetime = min(lifetime, self.certificate.not_valid_after_utc - now)
        known = [(_key_identifier(spki), False), (self._identified(), False)]
        names = self.certificate.subject, holder.distinguished_name
        return _issue(self.signer, *names, spki, now, lifetime, [*known, *extensions])

    def _identified(self) -> x509.AuthorityKeyIdentifier:
        digest = _key_identifier(self.signer.verifier.spki).digest
        return x509.AuthorityKeyIdentifier(digest, None, None)


def request(signer: Signer, holder: Holder) -> bytes:
    """A PEM PKCS#10 request for the signer's key."""
    asked = asn1.sequence(
        asn1.integer(0), holder.distinguished_name.public_bytes(), signer.verifier.spki, asn1.write(asn1.EXPLICIT)
    )
    return x509.load_der_x509_csr(_signed(signer, asked)).public_bytes(serialization.Encoding.PEM)


def requested_key(pem: bytes) -> bytes:
    """The public key (SPKI) of a PEM PKCS#10 request, after its proof of possession is checked.

    Raises:
        MalformedError: not a request, or a key of no known suite.
        InvalidError: the request is not signed by its own key.
    """
    try:
        csr = x509.load_pem_x509_csr(pem)
    except ValueError as error:
        raise MalformedError("certificate request: not PEM PKCS#10") from error
    verifier = verifier_for(asn1.sequence_of(csr.tbs_certrequest_bytes, "certificate request")[2].raw)
    if not signed_by(csr.public_bytes(serialization.Encoding.DER), verifier):
        raise InvalidError("certificate request: not signed by the key that it asks a certificate for")
    return verifier.spki


@lru_cache(maxsize=_KEPT)
def verifier_of(certificate: x509.Certificate) -> Verifier:
    """The verifier of a certificate's key.

    Raises:
        MalformedError: no suite for it.
    """
    fields = asn1.Fields(asn1.read(certificate.tbs_certificate_bytes, "certificate"), "certificate")
    fields.optional(asn1.EXPLICIT)  # the version
    for name in ("serialNumber", "signature", "issuer", "validity", "subject"):
        fields.take(name)
    return verifier_for(fields.take("subjectPublicKeyInfo", asn1.SEQUENCE).raw)


def signed_by(signed: bytes, verifier: Verifier) -> bool:
    """Whether a certificate, CRL or request (DER) is signed by a key, over its own bytes."""
    content, algorithm, signature = asn1.sequence_of(signed, "signed")
    try:
        suite = suite_signing(algorithm.raw)
    except MalformedError:
        return False
    raw = suite.decode(signature.contents[1:])
    return suite.name == verifier.algorithm and raw is not None and verifier.verify(raw, content.raw)


def pem(*items: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    """PEM of certificates or CRLs, one after the other."""
    return b"".join(item.public_bytes(serialization.Encoding.PEM) for item in items)


def der(certificate: x509.Certificate) -> bytes:
    """DER of a certificate."""
    return certificate.public_bytes(serialization.Encoding.DER)


def fingerprint(certificate: x509.Certificate) -> str:
    """Hex SHA-256 of the DER, by which the register knows a certificate."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def now_utc() -> datetime:
    """The present, in whole seconds as certificates have them."""
    return datetime.now(UTC).replace(microsecond=0)


def _issue(
    signer: Signer,
    issuer: x509.Name,
    subject: x509.Name,
    spki: bytes,
    now: datetime,
    lifetime: timedelta,
    extensions: "Iterable[_Extension]",
) -> x509.Certificate:
    signed = asn1.sequence(
        asn1.write(asn1.EXPLICIT, asn1.integer(2)),  # version 3
        asn1.integer(x509.random_serial_number()),
        SUITES[signer.algorithm].signature_algorithm,
        issuer.public_bytes(),
        asn1.sequence(_time(now - SKEW), _time(now + lifetime)),
        subject.public_bytes(),
        spki,
        asn1.write(asn1.EXPLICIT | 3, _extensions(extensions)),
    )
    return x509.load_der_x509_certificate(_signed(signer, signed))


def _signed(signer: Signer, content: bytes) -> bytes:
    suite = SUITES[signer.algorithm]
    return asn1.sequence(content, suite.signature_algorithm, asn1.bits(suite.encode(signer.sign(content))))


_Extension = tuple[x509.ExtensionType, bool]
"""An extension, and whether it is critical."""


def _extensions(extensions: Iterable[_Extension]) -> bytes:
    return asn1.sequence(
        *[
            asn1.sequence(
                asn1.oid(item.oid.dotted_string),
                asn1.write(asn1.BOOLEAN, b"\xff") if critical else b"",
                asn1.write(asn1.OCTET_STRING, item.public_bytes()),
            )
            for item, critical in extensions
        ]
    )


def _as_authority(path_length: int) -> list[_Extension]:
    return [(x509.BasicConstraints(ca=True, path_length=path_length), True), (_key_usage(signature=False), True)]


def _key_identifier(spki: bytes) -> x509.SubjectKeyIdentifier:
    key = asn1.sequence_of(spki, "public key")[1].contents[1:]
    return x509.SubjectKeyIdentifier(sha1(key, usedforsecurity=False).digest())  # RFC 5280 4.2.1.2, a name for the key


def _time(value: datetime) -> bytes:
    """UTCTime up to 2049, GeneralizedTime from then on (RFC 5280 4.1.2.5)."""
    value = value.astimezone(UTC)
    if value.year >= _GENERALIZED_FROM:
        return asn1.time(value)
    return asn1.write(asn1.UTC_TIME, value.strftime("%y%m%d%H%M%SZ").encode())


def _key_usage(*, signature: bool, commitment: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signature,
        content_commitment=commitment,  # a seal commits its agency, says PAdES
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signature,
        crl_sign=not signature,
        encipher_only=False,
        decipher_only=False,
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
