"""Drafts that are sealed but not yet on record: identifiers, status list entries and envelopes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Requester
from exchange.licensing.envelope import Envelopes, Place
from registry.licenses import indexes
from registry.licenses.identifier import LicenseIdentifier
from registry.licenses.license import Draft, License
from registry.licenses.states import LicenseState
from registry.licenses.types import LicenseType


@dataclass(frozen=True, slots=True)
class Issuing:
    """Issuer, license type, basis and seal of an issue."""

    requester: Requester
    kind: LicenseType
    envelopes: Envelopes
    act: RegisterAct


@dataclass(frozen=True, slots=True)
class SealedDraft:
    """A draft with its place in the registry and its envelope."""

    draft: Draft
    place: Place
    version: int
    envelope: str
    digest: str

    def license(self, kind: LicenseType, issuer: str, state: LicenseState, receipt: str = "") -> License:
        """Return the license that the draft becomes."""
        draft, place = self.draft, self.place
        return License(
            place.identifier, kind.id, kind.version, draft.number, issuer, draft.request, self.version, draft.holders,
            draft.fields, draft.valid_from, draft.valid_to, place.issued_at, state, 1, place.status_list,
            place.status_index, self.envelope, self.digest, receipt, place.prior, facts=draft.facts, photo=draft.photo,
        )  # fmt: skip


async def seal_drafts(
    connection: asyncpg.Connection, issuing: Issuing, drafts: Sequence[Draft], old: License | None = None
) -> list[SealedDraft]:
    """Return sealed drafts with identifiers and status list entries; ``old`` is the license replaced."""
    agency, kind = issuing.requester.agency.uscc, issuing.kind
    now = datetime.now(UTC).replace(microsecond=0)
    if old is None:
        rows = await connection.fetch("SELECT nextval('license_serial') FROM generate_series(1, $1)", len(drafts))
        names = [LicenseIdentifier.make(kind.code, agency, f"{now.year}{row[0]:010}").text for row in rows]
    else:
        names = [LicenseIdentifier.parse(old.identifier).next_version.text]
    async with connection.transaction():
        places = await indexes.allocate(connection, agency, len(drafts))
    sealed = []
    for draft, name, (number, index) in zip(drafts, names, places, strict=True):
        place = Place(name, now, number, index, old.digest if old else "")
        sealed.append(
            SealedDraft(draft, place, old.version + 1 if old else 1, *issuing.envelopes.seal(draft, kind, place))
        )
    return sealed
