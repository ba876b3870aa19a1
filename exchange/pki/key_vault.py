"""The node's keys and certificates: created by ``yici init``, used by workers, renewed by operators.

In the data folder: ``keys/`` (one PKCS#8 file a key, mode 0600) and ``certificates/`` (root, issuing CA, node, CRL).
"""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from exchange.settings import Settings
from keys.authority import Authority, Holder
from keys.certificates import Use, der, now_utc, pem
from keys.notes import NoteKey, NoteSigner
from keys.store import SoftwareKeyStore, replace_file, write_private
from keys.timestamp_authority import TimestampAuthority
from keys.trust import TrustBundle, load_revocation_lists
from registry.agencies import State
from registry.errors import RuleError

ROOT_YEARS, ISSUING_YEARS, NODE_YEARS, SEAL_YEARS = 20, 10, 1, 3
CRL_LIFETIME = timedelta(days=7)
ROOT_CRL_LIFETIME = timedelta(days=2 * 365)
_YEAR = timedelta(days=365)
SEAL_LIFETIME = SEAL_YEARS * _YEAR
_PSEUDONYM = "pseudonym.secret"
_TSA = "tsa"
_LEDGER_KEY = re.compile(r"ledger-[1-9][0-9]*")
_FIRST_LEDGER_KEY = "ledger-1"
"""The ledger key that is created with the node, before there is a register."""
_LEDGER_KEYS = "ledger.vkey"
_RENEWED_BEFORE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class KeyVault:
    """The node's private keys and their certificates."""

    folder: Path
    store: SoftwareKeyStore
    origin: str

    @classmethod
    def of(cls, settings: Settings) -> "KeyVault":
        """Return the vault of the settings' data folder."""
        password = None
        if settings.keys.password_file:
            try:
                password = settings.path(settings.keys.password_file).read_bytes().strip()
            except OSError as error:
                rule = f"{settings.keys.password_file} cannot be read ({error.strerror})"
                raise RuleError("keys.password_file", rule) from error
        return cls(settings.data, SoftwareKeyStore(settings.data / "keys", password), settings.node.origin)

    @property
    def certificates(self) -> Path:
        """The folder of certificates."""
        return self.folder / "certificates"

    def create(self, names: Sequence[str]) -> None:
        """Create the keys of root, issuing CA, node and ledger, and the key for pseudonyms.

        Raises:
            KeyStoreError: they already exist.
        """
        now = now_utc()
        name = Holder("Yici Root CA", self.origin), Holder("Yici Issuing CA", self.origin)
        root = Authority.root(self.store.create("root", "ES256"), name[0], ROOT_YEARS * _YEAR, now)
        issuing = root.issuing(self.store.create("issuing", "ES256"), name[1], ISSUING_YEARS * _YEAR, now)
        self.certificates.mkdir(parents=True, exist_ok=True)
        (self.certificates / "root.pem").write_bytes(pem(root.certificate))
        (self.certificates / "issuing.pem").write_bytes(pem(issuing.certificate))
        self.store.create("node", "ES256")
        self.add_ledger_key()
        self._make_tsa(issuing)
        write_private(self.folder / "keys" / _PSEUDONYM, secrets.token_bytes(32))
        self.install_node(self.certify_node(names))
        self.write_revocation_lists({})

    def root(self) -> Authority:
        """Return the root CA, whose key may be kept offline after the issuing CA is created."""
        return Authority(self.certificate("root"), self.store.signer("root"))

    def issuing(self) -> Authority:
        """Return the issuing CA."""
        return Authority(self.certificate("issuing"), self.store.signer("issuing"))

    def certificate(self, name: str) -> x509.Certificate:
        """Return the node's certificate or one of the CAs'."""
        return x509.load_pem_x509_certificate((self.certificates / f"{name}.pem").read_bytes())

    def certify_node(self, names: Sequence[str]) -> x509.Certificate:
        """Issue a new certificate for the node's key; ``install_node`` puts it in use."""
        spki = self.store.signer("node").verifier.spki
        return self.issuing().issue(Use.NODE, Holder("Yici node"), spki, NODE_YEARS * _YEAR, now_utc(), hosts=names)

    def install_node(self, fresh: x509.Certificate) -> None:
        """Install the node's certificate; running workers use it from the next connection on."""
        replace_file(self.certificates / "node.pem", pem(fresh, self.certificate("issuing")))

    def tsa(self) -> TimestampAuthority:
        """Return the time-stamping authority for PDFs and e-signatures; create it on nodes that lack it."""
        if not (self.certificates / f"{_TSA}.pem").exists():
            self._make_tsa(self.issuing())
        if self.certificate(_TSA).not_valid_after_utc < now_utc() + _RENEWED_BEFORE:
            self._certify_tsa(self.issuing(), self.store.signer(_TSA).verifier.spki)
        certificate, issuing = self.certificate(_TSA), self.certificate("issuing")
        return TimestampAuthority(self.store.signer(_TSA), (der(certificate), der(issuing)))

    def _make_tsa(self, issuing: Authority) -> None:
        known = _TSA in self.store.names()  # of an interrupted attempt
        signer = self.store.signer(_TSA) if known else self.store.create(_TSA, "ES256")
        self._certify_tsa(issuing, signer.verifier.spki)

    def _certify_tsa(self, issuing: Authority, spki: bytes) -> None:
        fresh = issuing.issue(Use.TSA, Holder("Yici time stamps"), spki, SEAL_LIFETIME, now_utc())
        replace_file(self.certificates / f"{_TSA}.pem", pem(fresh))

    def pseudonym_key(self) -> bytes:
        """Return the key for subjects' pseudonyms."""
        return (self.folder / "keys" / _PSEUDONYM).read_bytes()

    def write_revocation_lists(self, revoked: dict[int, datetime]) -> None:
        """Write new CRLs of both CAs; ``revoked`` are serial numbers of the issuing CA.

        All recorded revocations by the root are kept.
        """
        now = datetime.now(UTC)
        held = self.revocation_lists()
        number = next_number(held, now)
        own = self.issuing().revocation_list(revoked, number, CRL_LIFETIME, now)
        root = self.certificate("root").subject
        by_root = [item for item in held if item.issuer == root]
        if "root" in self.store.names():  # else the root's key is offline, and its list is renewed there
            ended = {entry.serial_number: entry.revocation_date_utc for item in by_root for entry in item}
            by_root = [self.root().revocation_list(ended, number, ROOT_CRL_LIFETIME, now)]
        replace_file(self.certificates / "crl.pem", pem(own, *by_root))

    def revocation_lists(self) -> list[x509.CertificateRevocationList]:
        """Return the published CRLs of both CAs."""
        path = self.certificates / "crl.pem"
        return load_revocation_lists(path.read_bytes()) if path.exists() else []

    def ledger_names(self) -> list[str]:
        """Return the names of the ledger keys in the store, newest first."""
        return sorted(filter(_LEDGER_KEY.fullmatch, self.store.names()), key=_number, reverse=True)

    def ledger_state(self, name: str, states: Mapping[str, State]) -> State | None:
        """Return the state of a ledger key, given the states on record; None if it is not on record.

        The key that was created with the node is active without a record.
        """
        return states.get(name, State.ACTIVE if name == _FIRST_LEDGER_KEY else None)

    def ledger_signers(self, states: Mapping[str, State]) -> list[NoteSigner]:
        """Return the signers of active ledger keys, newest first, given the states on record."""
        active = [name for name in self.ledger_names() if self.ledger_state(name, states) is State.ACTIVE]
        return [NoteSigner(self.origin, self.store.signer(name)) for name in active]

    def ledger_keys(self) -> list[NoteKey]:
        """Return all public keys of the ledger, including retired ones, newest first."""
        own = [NoteSigner(self.origin, self.store.signer(name)).key for name in self.ledger_names()]
        path = self.certificates / _LEDGER_KEYS
        kept = [NoteKey.parse(line) for line in path.read_text(encoding="utf-8").split()] if path.exists() else []
        return [*own, *[key for key in reversed(kept) if key not in own]]

    def next_ledger_key(self, states: Mapping[str, State]) -> tuple[str, NoteKey]:
        """Return name and public key of a ledger key that is not on record yet; it signs nothing until it is.

        That of an interrupted attempt is used before another is created.
        """
        for name in self.ledger_names():
            if self.ledger_state(name, states) is None:
                return name, NoteSigner(self.origin, self.store.signer(name)).key
        return self.add_ledger_key()

    def add_ledger_key(self) -> tuple[str, NoteKey]:
        """Create a ledger key; return its name and public key, which is kept permanently."""
        known = self.ledger_keys()
        name = f"ledger-{max([len(known), *map(_number, self.ledger_names())]) + 1}"
        fresh = NoteSigner(self.origin, self.store.create(name, "EdDSA")).key
        lines = "".join(f"{key.vkey}\n" for key in [*reversed(known), fresh])
        replace_file(self.certificates / _LEDGER_KEYS, lines.encode())
        return name, fresh

    def trust(self, seals: Iterable[bytes] = ()) -> TrustBundle:
        """Return the trust bundle for this node's evidence; ``seals`` are the seals' certificates (DER)."""
        lists = self.revocation_lists()
        known = [x509.load_der_x509_certificate(item) for item in seals]
        if known:
            known.append(self.certificate("issuing"))
        return TrustBundle((self.certificate("root"),), tuple(lists), tuple(self.ledger_keys()), tuple(known))


def issuing_der(vault: KeyVault) -> bytes:
    """Return the issuing CA's certificate, which accompanies every seal's."""
    return der(vault.certificate("issuing"))


def next_number(held: Iterable[x509.CertificateRevocationList], now: datetime) -> int:
    """Return the next CRL number: the time in seconds, or the last number plus one (RFC 5280 5.2.3)."""
    numbers = [item.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for item in held]
    return max([int(now.timestamp()), *[number + 1 for number in numbers]])


def _number(name: str) -> int:
    return int(name.rpartition("-")[2])
