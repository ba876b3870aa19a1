"""Name constraints: whether a certificate's names are within its authorities' limits (RFC 5280).

Sections 4.2.1.10 and 7. Directory names, DNS names, e-mail addresses, URIs and IP addresses are compared. A constraint
on an unsupported kind of name is violated by any certificate that has such a name.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from keys.errors import InvalidError


def check_names(certificate: x509.Certificate, constraints: Iterable[x509.NameConstraints]) -> None:
    """Check a certificate's names against the constraints of all authorities above it.

    Raises:
        InvalidError: a name is excluded, or not among the permitted ones.
    """
    names = list(_names(certificate))
    for item in constraints:
        excluded, permitted = item.excluded_subtrees or (), item.permitted_subtrees
        for name in names:
            if any(type(one) is type(name) and _within(name, one, unknown=True) for one in excluded):
                raise InvalidError("certificate: bears a name that its authority may not name")
            allowed = [one for one in permitted or () if type(one) is type(name)]
            if allowed and not any(_within(name, one, unknown=False) for one in allowed):
                raise InvalidError("certificate: bears a name other than those that its authority may name")


def _names(certificate: x509.Certificate) -> Iterator[x509.GeneralName]:
    if list(certificate.subject):
        yield x509.DirectoryName(certificate.subject)
    for item in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        try:
            yield x509.RFC822Name(str(item.value))
        except ValueError as error:
            raise InvalidError("certificate: bears an e-mail address that cannot be compared") from error
    try:
        yield from certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return


def _within(name: x509.GeneralName, subtree: x509.GeneralName, *, unknown: bool) -> bool:
    match name, subtree:
        case x509.DirectoryName(), x509.DirectoryName():
            above, own = _parts(subtree.value), _parts(name.value)
            return own[: len(above)] == above
        case x509.DNSName(), x509.DNSName():
            return _below(name.value, subtree.value)
        case x509.RFC822Name(), x509.RFC822Name():
            address, host = name.value, name.value.rpartition("@")[2]
            if "@" in subtree.value:
                same = address.rpartition("@")[0] == subtree.value.rpartition("@")[0]
                return same and host.casefold() == subtree.value.rpartition("@")[2].casefold()
            return _host(host, subtree.value)
        case x509.UniformResourceIdentifier(), x509.UniformResourceIdentifier():
            return _host(urlsplit(name.value).hostname or "", subtree.value)
        case x509.IPAddress(), x509.IPAddress():
            return name.value in subtree.value  # type: ignore[operator]  # an address and a network
    return unknown


def _below(name: str, subtree: str) -> bool:
    own, above = name.casefold().rstrip("."), subtree.casefold().strip(".")
    return not above or own == above or own.endswith(f".{above}")


def _host(host: str, subtree: str) -> bool:
    """Return whether a host is within a subtree: with a leading dot, only below it."""
    return _below(host, subtree) and (subtree.startswith(".") == (host.casefold() != subtree.casefold().lstrip(".")))


def _parts(name: x509.Name) -> list[frozenset[tuple[str, str]]]:
    """Return the relative names in order, ignoring case and repeated blanks (RFC 5280, 7.1)."""
    return [
        frozenset((item.oid.dotted_string, " ".join(str(item.value).casefold().split())) for item in part)
        for part in name.rdns
    ]
