"""Certificate authorities: a root, an issuing CA, and the certificates and CRLs that they issue.

Private keys are never transmitted: systems and nodes send a CSR (PKCS#10), of which only the public key is used; all
names come from the register. Certificates are encoded here and signed by a ``Signer``, so that their keys may be of any
suite and the CA's key may be in any key store.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from keys import der as asn1
from keys.certificates import Use
from keys.errors import MalformedError
from keys.suites import SUITES, Signer

_MAX_NAME_BYTES = 64  # RFC 5280, ub-common-name
_GENERALIZED_FROM = 2050
SKEW = timedelta(minutes=5)
"""How much earlier than the present a certificate begins, for clocks that are slow."""

_Extension = tuple[x509.ExtensionType, bool]
"""An extension and whether it is critical."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The names in a certificate's subject."""

    name: str
    organization: str = ""
    uscc: str = ""

    @property
    def distinguished_name(self) -> x509.Name:
        """The subject's distinguished name, common name last."""
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
        """Create a self-signed root; ``path_length`` limits the levels of CAs below it."""
        name = holder.distinguished_name
        spki = signer.verifier.spki
        extensions = [(_key_identifier(spki), False), *_as_authority(path_length)]
        return cls(_issue(signer, name, name, spki, now, lifetime, extensions), signer)

    def issuing(self, signer: Signer, holder: Holder, lifetime: timedelta, now: datetime) -> "Authority":
        """Create an issuing CA below this one, which may not issue CA certificates."""
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
        """Issue an end certificate for a public key; ``hosts`` are the DNS names and addresses of a node."""
        extensions: list[_Extension] = [
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_key_usage(signature=True, commitment=use in (Use.SEAL, Use.MAKER)), True),
            (x509.ExtendedKeyUsage([use.extended]), use is Use.TSA),
        ]
        if names := [_host(host) for host in hosts]:
            extensions.append((x509.SubjectAlternativeName(names), False))
        return self._issue(holder, spki, now, lifetime, extensions)

    def revocation_list(
        self, revoked: Mapping[int, datetime], number: int, lifetime: timedelta, now: datetime
    ) -> x509.CertificateRevocationList:
        """Issue a CRL of serial numbers and the times from which they are revoked."""
        entries = [asn1.sequence(asn1.integer(serial), _time(since)) for serial, since in sorted(revoked.items())]
        extensions = _extensions([(x509.CRLNumber(number), False), (self._authority_key_identifier(), False)])
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
        known = [(_key_identifier(spki), False), (self._authority_key_identifier(), False)]
        names = self.certificate.subject, holder.distinguished_name
        return _issue(self.signer, *names, spki, now, lifetime, [*known, *extensions])

    def _authority_key_identifier(self) -> x509.AuthorityKeyIdentifier:
        digest = _key_identifier(self.signer.verifier.spki).digest
        return x509.AuthorityKeyIdentifier(digest, None, None)


def request(signer: Signer, holder: Holder) -> bytes:
    """Return a PEM PKCS#10 request for the signer's key."""
    asked = asn1.sequence(
        asn1.integer(0), holder.distinguished_name.public_bytes(), signer.verifier.spki, asn1.write(asn1.EXPLICIT)
    )
    return x509.load_der_x509_csr(_signed(signer, asked)).public_bytes(serialization.Encoding.PEM)


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
    return x509.SubjectKeyIdentifier(sha1(key, usedforsecurity=False).digest())  # RFC 5280 4.2.1.2, an identifier only


def _time(value: datetime) -> bytes:
    """Return UTCTime up to 2049, and GeneralizedTime from then on (RFC 5280 4.1.2.5)."""
    value = value.astimezone(UTC)
    if value.year >= _GENERALIZED_FROM:
        return asn1.time(value)
    return asn1.write(asn1.UTC_TIME, value.strftime("%y%m%d%H%M%SZ").encode())


def _key_usage(*, signature: bool, commitment: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signature,
        content_commitment=commitment,  # PAdES: a seal is a commitment of its agency
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
