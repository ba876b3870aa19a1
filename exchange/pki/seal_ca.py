"""The authority of national e-seals: an SM2 anchor, and the maker that signs every seal.

They are in the data folder, created by ``yici init``, or on first need on older nodes. The anchor issues the
certificates of makers and signers directly, since an e-seal has one certificate and no chain.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from exchange.pki.key_vault import CRL_LIFETIME, KeyVault, next_number
from keys.authority import Authority, Holder
from keys.certificates import Use, der, fingerprint, load_certificates, now_utc, pem, read_certificate
from keys.errors import InvalidError
from keys.store import replace_file
from keys.suites import Signer
from keys.trust import TrustBundle, load_revocation_lists

_ROOT, _MAKER = "seal-root", "seal-maker"
_YEAR = timedelta(days=365)
_ROOT_YEARS, _MAKER_YEARS = 20, 15
_ANCHORS, _ANCHOR_LISTS = "seal-anchors.pem", "seal-anchors-crl.pem"
_MAKERS, _SELF_MAKERS = "seal-makers.pem", "seal-self-makers.pem"
ALGORITHM = "SM2-SM3"


class NationalAuthority:
    """A node's anchor and maker, and the anchors of others that its administrator trusts."""

    def __init__(self, vault: KeyVault) -> None:
        self._vault = vault

    def create(self) -> None:
        """Create anchor and maker, if they do not exist; what an interrupted attempt left is used.

        Raises:
            UnsupportedError: this machine's libcrypto does not support SM2.
        """
        if self.made:
            return
        now = now_utc()
        if not self._path(_ROOT).exists():
            holder = Holder("Yici Seal CA", self._vault.origin)
            fresh = Authority.root(self._key(_ROOT), holder, _ROOT_YEARS * _YEAR, now, 0)
            replace_file(self._path(_ROOT), pem(fresh.certificate))
        self.write_revocation_list({})
        maker, key = Holder("Yici seal maker", self._vault.origin), self._key(_MAKER)
        made = self.root().issue(Use.MAKER, maker, key.verifier.spki, _MAKER_YEARS * _YEAR, now)
        replace_file(self._path(_MAKER), pem(made))

    @property
    def made(self) -> bool:
        """Whether anchor and maker exist."""
        return self._path(_MAKER).exists()

    def root(self) -> Authority:
        """Return the anchor, which issues certificates."""
        return Authority(self._certificate(_ROOT), self._vault.store.signer(_ROOT))

    def maker(self) -> tuple[Signer, bytes]:
        """Return the maker's signer and certificate (DER)."""
        return self._vault.store.signer(_MAKER), der(self._certificate(_MAKER))

    @property
    def issuer(self) -> x509.Name:
        """Return the anchor's name, as issuer in the register."""
        return self._certificate(_ROOT).subject

    def write_revocation_list(self, revoked: dict[int, datetime]) -> None:
        """Write a new revocation list of the anchor."""
        now = datetime.now(UTC)
        number = next_number(load_revocation_lists(self._read("seal-crl.pem")), now)
        found = self.root().revocation_list(revoked, number, CRL_LIFETIME, now)
        replace_file(self._vault.certificates / "seal-crl.pem", pem(found))

    def anchors(self) -> tuple[x509.Certificate, ...]:
        """Return the node's own anchor and then those of others."""
        own = (self._certificate(_ROOT),) if self.made else ()
        return (*own, *load_certificates(self._read(_ANCHORS)))

    def revocation_lists(self) -> tuple[x509.CertificateRevocationList, ...]:
        """Return the revocation lists of all anchors."""
        data = self._read("seal-crl.pem") + self._read(_ANCHOR_LISTS)
        return tuple(load_revocation_lists(data))

    def makers(self) -> tuple[x509.Certificate, ...]:
        """Return the makers of seals under others' anchors."""
        return load_certificates(self._read(_MAKERS))

    def self_makers(self) -> tuple[x509.Certificate, ...]:
        """Return the makers under others' anchors whose own seals, signed by themselves, are accepted."""
        return load_certificates(self._read(_SELF_MAKERS))

    def vet(self, certificates: bytes, lists: bytes, makers: bytes = b"", self_makers: bytes = b"") -> list[str]:
        """Check what ``trust`` would add, and return the fingerprints.

        Raises:
            ValueError: the data are not PEM.
            InvalidError: a certificate is not a CA's or not in force, or no anchor signed a list.
        """
        anchors = load_certificates(self._read(_ANCHORS))
        fresh = [item for item in load_certificates(certificates) if item not in anchors]
        for item in fresh:
            _require_authority(item)
        newer = load_revocation_lists(lists)
        known = TrustBundle((), tuple(newer), ())
        if sum(len(known.lists_of(anchor)) for anchor in {*anchors, *fresh}) < len(newer):
            raise InvalidError("revocation list: signed by none of the anchors")
        fresh += [item for item in load_certificates(makers) if item not in self.makers()]
        fresh += [item for item in load_certificates(self_makers) if item not in self.self_makers()]
        return [fingerprint(item) for item in fresh]

    def trust(self, certificates: bytes, lists: bytes, makers: bytes = b"", self_makers: bytes = b"") -> None:
        """Check and add others' anchors, makers and revocation lists (PEM).

        Raises:
            ValueError: as ``vet``.
            InvalidError: as ``vet``.
        """
        self.vet(certificates, lists, makers, self_makers)
        anchors = list(load_certificates(self._read(_ANCHORS)))
        fresh = [item for item in load_certificates(certificates) if item not in anchors]
        newer = load_revocation_lists(lists)
        held = load_revocation_lists(self._read(_ANCHOR_LISTS))
        kept = [item for item in held if item.issuer not in {other.issuer for other in newer}]
        self._keep([*anchors, *fresh], [*kept, *newer])
        for name, known, added in ((_MAKERS, self.makers(), makers), (_SELF_MAKERS, self.self_makers(), self_makers)):
            newly = [item for item in load_certificates(added) if item not in known]
            replace_file(self._vault.certificates / name, pem(*known, *newly))

    def require_trusted(self, found: str) -> None:
        """Check that a fingerprint is of another's anchor or maker.

        Raises:
            InvalidError: it is not.
        """
        others = *load_certificates(self._read(_ANCHORS)), *self.makers(), *self.self_makers()
        if found not in {fingerprint(item) for item in others}:
            raise InvalidError("anchor: none of this fingerprint is trusted")

    def distrust(self, found: str) -> None:
        """Remove another's anchor or maker by its fingerprint.

        Raises:
            InvalidError: as ``require_trusted``.
        """
        self.require_trusted(found)
        left = [item for item in load_certificates(self._read(_ANCHORS)) if fingerprint(item) != found]
        for name, known in ((_MAKERS, self.makers()), (_SELF_MAKERS, self.self_makers())):
            replace_file(self._vault.certificates / name, pem(*(item for item in known if fingerprint(item) != found)))
        names = {item.subject for item in left}
        self._keep(left, [item for item in load_revocation_lists(self._read(_ANCHOR_LISTS)) if item.issuer in names])

    def _keep(self, anchors: Sequence[x509.Certificate], lists: Sequence[x509.CertificateRevocationList]) -> None:
        replace_file(self._vault.certificates / _ANCHORS, pem(*anchors))
        replace_file(self._vault.certificates / _ANCHOR_LISTS, pem(*lists))

    def _key(self, name: str) -> Signer:
        store = self._vault.store
        return store.signer(name) if name in store.names() else store.create(name, ALGORITHM)

    def _certificate(self, name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self._path(name).read_bytes())

    def _path(self, name: str) -> Path:
        return self._vault.certificates / f"{name}.pem"

    def _read(self, name: str) -> bytes:
        path = self._vault.certificates / name
        return path.read_bytes() if path.exists() else b""


def trust_bundle(vault: KeyVault, seals: list[bytes]) -> TrustBundle:
    """Return the trust bundle for all that this node issues; ``seals`` are the seals' certificates (DER)."""
    national = NationalAuthority(vault)
    return replace(
        vault.trust(seals),
        seal_roots=national.anchors(),
        seal_lists=national.revocation_lists(),
        seal_makers=national.makers(),
        self_makers=national.self_makers(),
    )


def _require_authority(certificate: x509.Certificate) -> None:
    found = read_certificate(der(certificate))
    try:
        authority = found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        authority = False
    if not authority:
        raise InvalidError("anchor: not a CA's certificate")
    if not found.not_valid_before_utc <= datetime.now(UTC) <= found.not_valid_after_utc:
        raise InvalidError("anchor: not in force")
