"""Making of approved seals: two keys in the key store, certificates, the picture, and the SESeal."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography import x509

from exchange.pages.fonts import require_glyphs
from exchange.pages.seal_picture import drawing, millimetres
from exchange.pages.typesetting import draw_png
from exchange.pki.key_vault import KeyVault
from exchange.pki.seal_ca import ALGORITHM, NationalAuthority
from keys.authority import Holder
from keys.certificates import Use, der, now_utc
from keys.ses.structure import Picture
from keys.ses.writing import SealDraft, write_seal
from registry.agencies import Agency
from registry.seals.kinds import KINDS
from registry.seals.seal import Seal
from registry.seals.states import SealState

_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Made:
    """A seal with its keys in the store, not yet on record."""

    seal: Seal
    certificate: x509.Certificate
    national: x509.Certificate


def make(vault: KeyVault, seal: Seal, agency: Agency) -> Made:
    """Make a seal; if a step fails, the results of earlier steps are removed.

    Raises:
        RuleError: no font has a character of its name.
        UnsupportedError: this machine's libcrypto does not support SM2.
        KeyStoreError: a key of this name exists.
    """
    picture = _picture(seal, agency)
    national = NationalAuthority(vault)
    national.create()
    now = now_utc()
    until = now + seal.years * _YEAR
    names = f"seal-{seal.id}", f"seal-{seal.id}-sm2"
    # A common name has at most 64 bytes, too few for many seals' names; the agency's is in the organization.
    holder = Holder(f"seal {seal.id}", agency.name, agency.uscc)
    made: list[str] = []
    for name in names:  # remains of an interrupted attempt, which no seal uses
        vault.store.destroy(name)
    try:
        ordinary = vault.store.create(names[0], "ES256")
        made.append(names[0])
        certificate = vault.issuing().issue(Use.SEAL, holder, ordinary.verifier.spki, until - now, now)
        signer = vault.store.create(names[1], ALGORITHM)
        made.append(names[1])
        own = national.root().issue(Use.SEAL, holder, signer.verifier.spki, until - now, now)
        eseal = write_seal(_draft(seal, der(own), now, until, picture), *national.maker())
    except Exception:
        for name in made:
            vault.store.destroy(name)
        raise
    done = replace(
        seal, state=SealState.ACTIVE, valid_from=now, valid_to=until, key_name=names[0], certificate=der(certificate),
        national_key_name=names[1], national_certificate=der(own), eseal=eseal, picture=picture.data,
    )  # fmt: skip
    return Made(done, certificate, own)


def _picture(seal: Seal, agency: Agency) -> Picture:
    require_glyphs("name", agency.name)
    require_glyphs("holder", seal.holder)
    size = millimetres(seal)
    return Picture("PNG", draw_png(drawing(seal, agency)), size, size)


def _draft(seal: Seal, certificate: bytes, begin: datetime, end: datetime, picture: Picture) -> SealDraft:
    return SealDraft(seal.id, KINDS[seal.kind].number, seal.name, (certificate,), begin, begin, end, picture)
