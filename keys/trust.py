"""What a verifier trusts, and whether a certificate chain was good at a given time.

A trust bundle is a folder: ``root.pem`` (roots), ``crl.pem`` (revocation lists) and ``ledger.vkey`` (the ledger's
keys, one a line, rotated ones included). Nothing else is needed to check evidence offline; a QR code, which has no room
for certificates, needs ``seals.pem`` (the seals' certificates, and their CAs'). National e-seals have an authority of
their own, and other issuers' anchors beside it: ``seal-root.pem`` and ``seal-crl.pem``; who makes seals under others'
anchors, ``seal-makers.pem`` says.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from keys.certificates import Use, der, pem, signed_by, verifier_of
from keys.errors import InvalidError, KeysError, MalformedError
from keys.notes import NoteKey

_MAX_CHAIN = 4
_SEALING = frozenset(
    {
        Use.SEAL.value,
        Use.MAKER.value,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
    }
)
_KEPT = 4096
_LIST = re.compile(rb"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", re.DOTALL)


class UndecidedError(KeysError):
    """The bundle does not hold what a verdict needs (exit code 2, neither valid nor invalid)."""


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """Roots, revocation lists and ledger keys."""

    roots: tuple[x509.Certificate, ...]
    revocation_lists: tuple[x509.CertificateRevocationList, ...]
    ledger_keys: tuple[NoteKey, ...]
    seals: tuple[x509.Certificate, ...] = ()
    seal_roots: tuple[x509.Certificate, ...] = ()
    seal_lists: tuple[x509.CertificateRevocationList, ...] = ()
    seal_makers: tuple[x509.Certificate, ...] = ()
    _lists: dict[x509.Certificate, list[x509.CertificateRevocationList]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _for_seals: list["TrustBundle"] = field(default_factory=list, init=False, compare=False, repr=False)

    def lists_of(self, issuer: x509.Certificate) -> list[x509.CertificateRevocationList]:
        """The revocation lists that an issuer signed; looked into once for each issuer."""
        found = self._lists.get(issuer)
        if found is None:
            found = [
                item
                for item in self.revocation_lists
                if item.issuer == issuer.subject and signed_by(item.public_bytes(Encoding.DER), verifier_of(issuer))
            ]
            if len(self._lists) >= _KEPT:
                self._lists.clear()
            self._lists[issuer] = found
        return found

    @property
    def for_seals(self) -> "TrustBundle":
        """What makers and signers of national e-seals are checked against."""
        if not self._for_seals:
            self._for_seals.append(
                TrustBundle(self.seal_roots, self.seal_lists, self.ledger_keys, seal_makers=self.seal_makers)
            )
        return self._for_seals[0]

    def revoked(self, chain: Sequence[x509.Certificate]) -> bool:
        """Whether the end certificate of a chain stands on a revocation list, whenever it came there."""
        issuers = [item for item in (*chain[1:], *self.roots) if item.subject == chain[0].issuer]
        return any(
            item.get_revoked_certificate_by_serial_number(chain[0].serial_number) is not None
            for issuer in issuers
            for item in self.lists_of(issuer)
        )

    @classmethod
    def load(cls, folder: Path) -> "TrustBundle":
        """Read a bundle.

        Raises:
            UndecidedError: a file is missing.
            MalformedError: a file is not what its name says.
        """
        try:
            roots = (folder / "root.pem").read_bytes()
            lists = (folder / "crl.pem").read_bytes()
            ledger = (folder / "ledger.vkey").read_text(encoding="utf-8")
            seals, seal_roots, seal_lists, makers = (
                (folder / name).read_bytes() if (folder / name).exists() else b""
                for name in ("seals.pem", "seal-root.pem", "seal-crl.pem", "seal-makers.pem")
            )
        except OSError as error:
            raise UndecidedError(f"trust bundle: {folder.name} lacks {Path(str(error.filename)).name}") from error
        try:
            return cls(
                tuple(x509.load_pem_x509_certificates(roots)),
                tuple(load_revocation_lists(lists)),
                tuple(NoteKey.parse(line) for line in ledger.split()),
                load_certificates(seals),
                load_certificates(seal_roots),
                tuple(load_revocation_lists(seal_lists)),
                load_certificates(makers),
            )
        except ValueError as error:
            raise MalformedError(f"trust bundle: {error}") from error

    def save(self, folder: Path) -> None:
        """Write the bundle's files."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "root.pem").write_bytes(pem(*self.roots))
        (folder / "crl.pem").write_bytes(pem(*self.revocation_lists))
        (folder / "ledger.vkey").write_text("".join(f"{key.vkey}\n" for key in self.ledger_keys), encoding="utf-8")
        (folder / "seals.pem").write_bytes(pem(*self.seals))
        (folder / "seal-root.pem").write_bytes(pem(*self.seal_roots))
        (folder / "seal-crl.pem").write_bytes(pem(*self.seal_lists))
        (folder / "seal-makers.pem").write_bytes(pem(*self.seal_makers))


def load_certificates(data: bytes) -> tuple[x509.Certificate, ...]:
    """Parse PEM certificates standing one after the other; none is fine.

    Raises:
        ValueError: not PEM certificates.
    """
    return tuple(x509.load_pem_x509_certificates(data)) if data.strip() else ()


def load_revocation_lists(data: bytes) -> list[x509.CertificateRevocationList]:
    """Parse PEM revocation lists standing one after the other.

    Raises:
        ValueError: not PEM CRLs.
    """
    found = [x509.load_pem_x509_crl(part) for part in _LIST.findall(data)]
    if len(found) != data.count(b"-----BEGIN X509 CRL-----") or (data.strip() and not found):
        raise ValueError("not PEM revocation lists")
    return found


def verify_chain(chain: Sequence[x509.Certificate], use: Use | None, at: datetime, bundle: TrustBundle) -> None:
    """Check a chain (end certificate first) up to a trusted root, as of the time ``at`` (aware).

    Signatures, names, validity periods, CA flags, key usage and revocation are checked for every link (RFC 5280 6.1).
    Without a ``use``, key usage alone must allow signatures: national e-seals know no extended one.

    Raises:
        InvalidError: the chain does not hold, or a certificate of it was revoked by then.
        UndecidedError: no revocation list of the bundle covers that time.
    """
    if not 0 < len(chain) <= _MAX_CHAIN:
        raise InvalidError(f"certificate chain: 1 to {_MAX_CHAIN} certificates")
    path = [*chain]
    roots = [root for root in bundle.roots if root.subject == path[-1].issuer]
    if not roots:
        raise InvalidError("certificate chain: does not lead to a trusted root")
    # Several roots may bear one name (an old and a new key); the last says why, if none of them fits.
    root = next((root for root in roots if root == path[-1] or _issued(path[-1], root)), roots[-1])
    if path[-1] != root:
        path.append(root)
    _check_end(path[0], use)
    for depth, certificate in enumerate(path):
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise InvalidError(f"certificate {_name(certificate)}: not valid at {at:%Y-%m-%d %H:%M:%S} UTC")
        if depth:
            _check_authority(certificate, depth - 1)
            _check_issued(path[depth - 1], certificate)
    for certificate, issuer in pairwise(path):
        _check_revocation(certificate, issuer, at, bundle)


def organization_identifier(certificate: x509.Certificate) -> str:
    """The USCC in a certificate's subject, or an empty string."""
    found = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    return str(found[0].value) if found else ""


def _check_end(certificate: x509.Certificate, use: Use | None) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value if use else ()
    except x509.ExtensionNotFound as error:
        raise InvalidError(f"certificate {_name(certificate)}: key usage is missing") from error
    signs = usage.digital_signature or (use is None and usage.content_commitment)
    if use is None:
        signs = signs and _may_seal(certificate)
    if not signs or (use is not None and use.value not in extended):
        made_for = f"the use of a {use.name.lower()}" if use else "signatures"
        raise InvalidError(f"certificate {_name(certificate)}: not made for {made_for}")
    known = {ExtensionOID.KEY_USAGE, ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.EXTENDED_KEY_USAGE}
    if any(item.critical and item.oid not in known for item in certificate.extensions):
        raise InvalidError(f"certificate {_name(certificate)}: unknown critical extension")


def _may_seal(certificate: x509.Certificate) -> bool:
    """Whether extended usages, where there are any, leave room for seals: some of the field's say clientAuth."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return not _SEALING.isdisjoint(found)


def _check_authority(certificate: x509.Certificate, authorities_below: int) -> None:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as error:
        raise InvalidError(f"certificate {_name(certificate)}: not a CA") from error
    limit = constraints.path_length
    if not constraints.ca or not usage.key_cert_sign or (limit is not None and limit < authorities_below):
        raise InvalidError(f"certificate {_name(certificate)}: may not issue this certificate")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        _check_issued(certificate, issuer)
    except InvalidError:
        return False
    return True


def _check_issued(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    if not _signed_by(certificate, issuer):
        raise InvalidError(f"certificate {_name(certificate)}: not signed by {_name(issuer)}")


@lru_cache(maxsize=_KEPT)
def _signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether one signed the other: bytes against bytes, so the answer never changes and is kept."""
    try:
        return certificate.issuer == issuer.subject and signed_by(der(certificate), verifier_of(issuer))
    except MalformedError:
        return False


@lru_cache(maxsize=_KEPT)
def read_certificate(der: bytes) -> x509.Certificate:
    """A certificate from DER, parsed once, whole: what is read of it later does not fail.

    Raises:
        MalformedError: not a certificate.
    """
    try:
        found = x509.load_der_x509_certificate(der)
        _ = found.extensions, found.subject, found.issuer, found.not_valid_before_utc, found.not_valid_after_utc
    except Exception as error:  # whatever a stranger hands in: the parser has many ways to fail
        raise MalformedError("certificate: not X.509") from error
    return found


def _check_revocation(
    certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, bundle: TrustBundle
) -> None:
    lists = bundle.lists_of(issuer)
    for item in lists:
        entry = item.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None and entry.revocation_date_utc <= at:
            raise InvalidError(
                f"certificate {_name(certificate)}: revoked at {entry.revocation_date_utc:%Y-%m-%d %H:%M:%S} UTC"
            )
    if not any(item.next_update_utc is not None and at <= item.next_update_utc for item in lists):
        raise UndecidedError(f"certificate {_name(certificate)}: no revocation list covers {at:%Y-%m-%d %H:%M:%S} UTC")


def _name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return repr(str(found[0].value)) if found else str(certificate.serial_number)
