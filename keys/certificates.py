"""X.509 certificates and revocation lists: a root, an issuing CA, and certificates for nodes, systems and seals.

Private keys never travel: systems and nodes send a CSR (PKCS#10), of which only the public key is taken; every name
comes from the register. The agency's USCC stands in organizationIdentifier (2.5.4.97).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys.errors import InvalidError, MalformedError
from keys.suites import PublicKey, Signer, verifier_for

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
_MAX_NAME_BYTES = 64  # RFC 5280, ub-common-name
SKEW = timedelta(minutes=5)
"""A certificate begins this much early, for clocks that run behind."""


class Use(Enum):
    """What a certificate is for, with its extended key usage."""

    NODE = ExtendedKeyUsageOID.SERVER_AUTH
    SYSTEM = ExtendedKeyUsageOID.CLIENT_AUTH
    SEAL = DOCUMENT_SIGNING
    CLOCK = ExtendedKeyUsageOID.TIME_STAMPING


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
    def root(cls, signer: Signer, holder: Holder, lifetime: timedelta, now: datetime) -> "Authority":
        """A self-signed root."""
        name = holder.distinguished_name
        builder = _builder(name, name, signer.verifier.spki, now, lifetime)
        builder = _as_authority(builder, path_length=1)
        return cls(builder.sign(signer.private_key, signer.certificate_digest), signer)

    def issuing(self, signer: Signer, holder: Holder, lifetime: timedelta, now: datetime) -> "Authority":
        """An issuing CA below this one, which may not make further CAs."""
        builder = self._signed_for(holder, signer.verifier.spki, now, lifetime)
        return Authority(self._sign(_as_authority(builder, path_length=0)), signer)

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
        builder = self._signed_for(holder, spki, now, lifetime)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        usage = _key_usage(signature=True, commitment=use is Use.SEAL)
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([use.value]), critical=use is Use.CLOCK)
        names = [_host(host) for host in hosts]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return self._sign(builder)

    def revocation_list(
        self, revoked: Mapping[int, datetime], number: int, lifetime: timedelta, now: datetime
    ) -> x509.CertificateRevocationList:
        """A CRL of serial numbers and the times from which they are revoked."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now)
            .next_update(now + lifetime)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(self._key_identifier(), critical=False)
        )
        for serial, since in sorted(revoked.items()):
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.signer.private_key, self.signer.certificate_digest)

    def _signed_for(self, holder: Holder, spki: bytes, now: datetime, lifetime: timedelta) -> x509.CertificateBuilder:
        issuer = self.certificate
        lifetime = min(lifetime, issuer.not_valid_after_utc - now)
        builder = _builder(issuer.subject, holder.distinguished_name, spki, now, lifetime)
        return builder.add_extension(self._key_identifier(), critical=False)

    def _key_identifier(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(_public_key(self.signer.verifier.spki))

    def _sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        return builder.sign(self.signer.private_key, self.signer.certificate_digest)


def request(signer: Signer, holder: Holder) -> bytes:
    """A PEM PKCS#10 request for the signer's key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(holder.distinguished_name)
    return builder.sign(signer.private_key, signer.certificate_digest).public_bytes(serialization.Encoding.PEM)


def requested_key(pem: bytes) -> bytes:
    """The public key (SPKI) of a PEM PKCS#10 request, after its proof of possession is checked.

    Raises:
        MalformedError: not a request, or a key of no known suite.
        InvalidError: the request is not signed by its own key.
    """
    try:
        csr = x509.load_pem_x509_csr(pem)
        valid = csr.is_signature_valid
        key = csr.public_key()
    except (ValueError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise MalformedError("certificate request: not PEM PKCS#10") from error
    if not valid:
        raise InvalidError("certificate request: not signed by the key that it asks a certificate for")
    return verifier_for(key).spki


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


def _builder(
    issuer: x509.Name, subject: x509.Name, spki: bytes, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    key = _public_key(spki)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _as_authority(builder: x509.CertificateBuilder, path_length: int) -> x509.CertificateBuilder:
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    return builder.add_extension(constraints, critical=True).add_extension(_key_usage(signature=False), critical=True)


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


def _public_key(spki: bytes) -> PublicKey:
    return serialization.load_der_public_key(spki)  # type: ignore[return-value]  # only suites' keys come here


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
