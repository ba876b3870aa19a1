"""Trust bundles: the roots, revocation lists and ledger keys that a verifier trusts.

A bundle is a folder: ``root.pem`` (roots), ``crl.pem`` (revocation lists) and ``ledger.vkey`` (the ledger's keys, one
a line, including rotated ones). Offline checks of evidence need nothing else. A QR code has no room for certificates,
so it also needs ``seals.pem`` (certificates of seals and of their CAs). National e-seals have an authority of their
own, and anchors of other issuers: ``seal-root.pem`` and ``seal-crl.pem``; ``seal-makers.pem`` has the makers of seals
under these anchors, and ``seal-self-makers.pem`` the makers whose own seals are accepted.
"""

import re
from base64 import b64decode
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.certificates import load_certificates, pem, signed_by, spki_of
from keys.errors import MalformedError, UndecidedError
from keys.leniency import read_list_leniently
from keys.notes import NoteKey
from keys.store import replace_file

_KEPT = 4096
_LIST = re.compile(rb"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """Roots, revocation lists and ledger keys that a verifier trusts."""

    roots: tuple[x509.Certificate, ...]
    revocation_lists: tuple[x509.CertificateRevocationList, ...]
    ledger_keys: tuple[NoteKey, ...]
    seals: tuple[x509.Certificate, ...] = ()
    seal_roots: tuple[x509.Certificate, ...] = ()
    seal_lists: tuple[x509.CertificateRevocationList, ...] = ()
    seal_makers: tuple[x509.Certificate, ...] = ()
    self_makers: tuple[x509.Certificate, ...] = ()
    _lists: dict[x509.Certificate, list[x509.CertificateRevocationList]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _for_seals: list["TrustBundle"] = field(default_factory=list, init=False, compare=False, repr=False)

    def lists_of(self, issuer: x509.Certificate) -> list[x509.CertificateRevocationList]:
        """Return the complete revocation lists that an issuer signed and may sign; cached by issuer."""
        found = self._lists.get(issuer)
        if found is None:
            found = [
                item
                for item in self.revocation_lists
                if item.issuer == issuer.subject
                and _is_whole(item)
                and _signs_lists(issuer)
                and signed_by(item.public_bytes(Encoding.DER), spki_of(issuer))
            ]
            if len(self._lists) >= _KEPT:
                self._lists.clear()
            self._lists[issuer] = found
        return found

    @property
    def for_seals(self) -> "TrustBundle":
        """Return the bundle for checking makers and signers of national e-seals."""
        if not self._for_seals:
            self._for_seals.append(TrustBundle(self.seal_roots, self.seal_lists, self.ledger_keys))
        return self._for_seals[0]

    @classmethod
    def load(cls, folder: Path) -> "TrustBundle":
        """Read a bundle.

        Raises:
            UndecidedError: a file is missing.
            MalformedError: a file has other contents than its name says.
        """
        try:
            roots = (folder / "root.pem").read_bytes()
            lists = (folder / "crl.pem").read_bytes()
            ledger = (folder / "ledger.vkey").read_bytes()
            seals, seal_roots, seal_lists, makers, self_makers = (
                (folder / name).read_bytes() if (folder / name).exists() else b""
                for name in ("seals.pem", "seal-root.pem", "seal-crl.pem", "seal-makers.pem", "seal-self-makers.pem")
            )
        except OSError as error:
            raise UndecidedError(
                f"{folder}: lacks {Path(str(error.filename)).name}; yici trust export writes it"
            ) from error
        try:
            keys = tuple(NoteKey.parse(line) for line in ledger.decode().split())
            if not keys:
                raise MalformedError("trust bundle: ledger.vkey holds no key")
            return cls(
                load_certificates(roots),
                tuple(load_revocation_lists(lists)),
                keys,
                load_certificates(seals),
                load_certificates(seal_roots),
                tuple(load_revocation_lists(seal_lists)),
                load_certificates(makers),
                load_certificates(self_makers),
            )
        except MalformedError:
            raise
        except ValueError as error:
            raise MalformedError(f"trust bundle: {error}") from error

    def save(self, folder: Path) -> None:
        """Write the files of the bundle."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in (  # each atomically: readers of the folder may read it meanwhile
            ("root.pem", pem(*self.roots)), ("crl.pem", pem(*self.revocation_lists)), ("seals.pem", pem(*self.seals)),
            ("ledger.vkey", "".join(f"{key.vkey}\n" for key in self.ledger_keys).encode()),
            ("seal-root.pem", pem(*self.seal_roots)), ("seal-crl.pem", pem(*self.seal_lists)),
            ("seal-makers.pem", pem(*self.seal_makers)), ("seal-self-makers.pem", pem(*self.self_makers)),
        ):  # fmt: skip
            replace_file(folder / name, data)


def _is_whole(found: x509.CertificateRevocationList) -> bool:
    """Return whether a list is complete; partial and delta lists have a critical extension."""
    return not any(item.critical for item in found.extensions)


def _signs_lists(issuer: x509.Certificate) -> bool:
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True


def load_revocation_lists(data: bytes) -> list[x509.CertificateRevocationList]:
    """Parse concatenated PEM revocation lists.

    Raises:
        MalformedError: the data are not PEM CRLs.
    """
    found = [_read_list(part) for part in _LIST.findall(data)]
    if len(found) != data.count(b"-----BEGIN X509 CRL-----") or (data.strip() and not found):
        raise MalformedError("not PEM revocation lists")
    return found


def _read_list(pem_text: bytes) -> x509.CertificateRevocationList:
    """Parse a revocation list as a whole, so that later access to its fields does not fail."""
    try:
        try:
            return _fully_read(x509.load_pem_x509_crl(pem_text))
        except ValueError:  # it may encode default values
            return _fully_read(read_list_leniently(b64decode(b"".join(pem_text.split(b"\n")[1:-1]))))
    except Exception as error:  # the package raises many types for invalid lists
        raise MalformedError("revocation list: not one of X.509, version 2") from error


def _fully_read(found: x509.CertificateRevocationList) -> x509.CertificateRevocationList:
    _ = found.issuer, found.extensions, found.last_update_utc, found.next_update_utc
    return found
