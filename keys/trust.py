"""What a verifier trusts.

A trust bundle is a folder: ``root.pem`` (roots), ``crl.pem`` (revocation lists) and ``ledger.vkey`` (the ledger's
keys, one a line, rotated ones included). Nothing else is needed to check evidence offline; a QR code, which has no room
for certificates, needs ``seals.pem`` (the seals' certificates, and their CAs'). National e-seals have an authority of
their own, and other issuers' anchors beside it: ``seal-root.pem`` and ``seal-crl.pem``; who makes seals under others'
anchors, ``seal-makers.pem`` says, and whose own seals are accepted, ``seal-self-makers.pem``.
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
    """Roots, revocation lists and ledger keys."""

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
        """The whole revocation lists that an issuer signed, and may sign; looked into once for each issuer."""
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
        """What makers and signers of national e-seals are checked against."""
        if not self._for_seals:
            self._for_seals.append(TrustBundle(self.seal_roots, self.seal_lists, self.ledger_keys))
        return self._for_seals[0]

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
        """Write the bundle's files."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in (  # each whole or not at all: who follows the folder may read it meanwhile
            ("root.pem", pem(*self.roots)), ("crl.pem", pem(*self.revocation_lists)), ("seals.pem", pem(*self.seals)),
            ("ledger.vkey", "".join(f"{key.vkey}\n" for key in self.ledger_keys).encode()),
            ("seal-root.pem", pem(*self.seal_roots)), ("seal-crl.pem", pem(*self.seal_lists)),
            ("seal-makers.pem", pem(*self.seal_makers)), ("seal-self-makers.pem", pem(*self.self_makers)),
        ):  # fmt: skip
            replace_file(folder / name, data)


def _is_whole(found: x509.CertificateRevocationList) -> bool:
    """Whether a list covers all that its issuer issued; one for a part, or of changes alone, says so critically."""
    return not any(item.critical for item in found.extensions)


def _signs_lists(issuer: x509.Certificate) -> bool:
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True


def load_revocation_lists(data: bytes) -> list[x509.CertificateRevocationList]:
    """Parse PEM revocation lists standing one after the other.

    Raises:
        MalformedError: not PEM CRLs.
    """
    found = [_read_list(part) for part in _LIST.findall(data)]
    if len(found) != data.count(b"-----BEGIN X509 CRL-----") or (data.strip() and not found):
        raise MalformedError("not PEM revocation lists")
    return found


def _read_list(pem_text: bytes) -> x509.CertificateRevocationList:
    """A revocation list, whole: what is read of it later does not fail."""
    try:
        try:
            return _whole(x509.load_pem_x509_crl(pem_text))
        except ValueError:  # a default may be written out
            return _whole(read_list_leniently(b64decode(b"".join(pem_text.split(b"\n")[1:-1]))))
    except Exception as error:  # the package has many ways to refuse one
        raise MalformedError("revocation list: not one of X.509, version 2") from error


def _whole(found: x509.CertificateRevocationList) -> x509.CertificateRevocationList:
    _ = found.issuer, found.extensions, found.last_update_utc, found.next_update_utc
    return found
