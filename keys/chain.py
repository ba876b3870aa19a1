"""Validation of certificate chains at a given time and for a given use (RFC 5280 6.1)."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from keys.certificates import Use, der, signed_by, spki_of
from keys.errors import InvalidError, MalformedError, UndecidedError
from keys.names import check_names
from keys.trust import TrustBundle

_MAX_CHAIN = 4
_SEALING = frozenset(
    {
        Use.SEAL.extended,
        Use.MAKER.extended,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
    }
)
_KEPT = 4096


def verify_chain(chain: Sequence[x509.Certificate], use: Use | None, at: datetime, bundle: TrustBundle) -> None:
    """Check a chain (end certificate first) up to a trusted root, as of the time ``at`` (aware).

    Signatures, names, validity periods, CA flags, key usage and revocation are checked for every link (RFC 5280 6.1).
    Without a ``use``, only the key usage must allow signatures: national e-seals have no extended key usage.

    Raises:
        InvalidError: the chain is not valid, or one of its certificates was revoked at that time.
        UndecidedError: no revocation list of the bundle covers that time.
    """
    path = _path(chain, bundle)
    _check_end(path[0], use)
    for depth, certificate in enumerate(path):
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise InvalidError(f"certificate {_name(certificate)}: not valid at {at:%Y-%m-%d %H:%M:%S} UTC")
        if depth:
            _check_authority(certificate, sum(item.subject != item.issuer for item in path[1:depth]))
            _check_issued(path[depth - 1], certificate)
    _check_names(path)
    for certificate, issuer in pairwise(path):
        _check_revocation(certificate, issuer, at, bundle)


def ever_revoked(chain: Sequence[x509.Certificate], bundle: TrustBundle) -> bool:
    """Return whether any certificate of a chain is on a revocation list, whatever the time of revocation.

    For objects dated by their maker only: with the key of a seal, or of its authority, one can state any time.

    Raises:
        InvalidError: the chain does not lead to a trusted root.
    """
    return any(
        item.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None
        for certificate, issuer in pairwise(_path(chain, bundle))
        for item in bundle.lists_of(issuer)
    )


def _path(chain: Sequence[x509.Certificate], bundle: TrustBundle) -> list[x509.Certificate]:
    """Return the chain with its root."""
    if not 0 < len(chain) <= _MAX_CHAIN:
        raise InvalidError(f"certificate chain: 1 to {_MAX_CHAIN} certificates")
    path = [*chain]
    roots = [root for root in bundle.roots if root.subject == path[-1].issuer]
    if not roots:
        raise InvalidError("certificate chain: does not lead to a trusted root")
    # Several roots may have one name (an old and a new key); if none fits, the last one's error is raised.
    root = next((root for root in roots if root == path[-1] or _issued(path[-1], root)), roots[-1])
    return path if path[-1] == root else [*path, root]


def _check_end(certificate: x509.Certificate, use: Use | None) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value if use else ()
    except x509.ExtensionNotFound as error:
        raise InvalidError(f"certificate {_name(certificate)}: key usage is missing") from error
    signs = usage.digital_signature or (use is None and usage.content_commitment)
    if use is None:
        signs = signs and _may_seal(certificate)
    if not signs or (use is not None and use.extended not in extended):
        made_for = f"the use of a {use.name.lower()}" if use else "signatures"
        raise InvalidError(f"certificate {_name(certificate)}: not made for {made_for}")
    if use is Use.TSA and not _is_for_time_stamping_only(certificate):  # RFC 3161 2.3
        raise InvalidError(f"certificate {_name(certificate)}: not made for time-stamps alone")
    _check_extensions(certificate)


def _check_extensions(certificate: x509.Certificate) -> None:
    """Refuse critical extensions that are not implemented (RFC 5280 4.2), such as a list of policies."""
    known = {
        ExtensionOID.KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
    }
    if any(item.critical and item.oid not in known for item in certificate.extensions):
        raise InvalidError(f"certificate {_name(certificate)}: unknown critical extension")


def _is_for_time_stamping_only(certificate: x509.Certificate) -> bool:
    found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    return found.critical and list(found.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _may_seal(certificate: x509.Certificate) -> bool:
    """Return whether the extended usages, if any, allow seals; some seals in use have clientAuth only."""
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
    _check_extensions(certificate)
    limit = constraints.path_length
    if not constraints.ca or not usage.key_cert_sign or (limit is not None and limit < authorities_below):
        raise InvalidError(f"certificate {_name(certificate)}: may not issue this certificate")


def _check_names(path: Sequence[x509.Certificate]) -> None:
    """Check names against constraints, critical or not; self-issued authorities are exempt from them."""
    constraints: list[x509.NameConstraints] = []
    for depth in range(len(path) - 1, -1, -1):
        certificate = path[depth]
        if constraints and (depth == 0 or certificate.subject != certificate.issuer):
            check_names(certificate, constraints)
        constraints += _constraints(certificate)


@lru_cache(maxsize=_KEPT)
def _constraints(certificate: x509.Certificate) -> tuple[x509.NameConstraints, ...]:
    try:
        return (certificate.extensions.get_extension_for_class(x509.NameConstraints).value,)
    except x509.ExtensionNotFound:
        return ()


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
    """Return whether one signed the other; the result never changes and is cached."""
    try:
        return certificate.issuer == issuer.subject and signed_by(der(certificate), spki_of(issuer))
    except MalformedError:
        return False


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
