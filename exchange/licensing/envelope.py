"""Envelopes of licenses: SD-JWT VCs (``dc+sd-jwt``), sealed by the issuer, with a status list entry.

Personal data are selectively disclosable: holders' names and codes, fields that are not public, the photo's digest.
PDF and QR code have the digest of the envelope, and so does the ledger.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from exchange.pki.agency_seals import AgencySeal
from keys.license import MEDIA_TYPE
from keys.sdjwt import Concealer, SdJwt, join
from registry.china import CHINA
from registry.licenses.identifier import ROOT
from registry.licenses.license import Draft
from registry.licenses.types import LicenseType


@dataclass(frozen=True, slots=True)
class Place:
    """The registry's part of a license: identifier, time of issue, and status list entry."""

    identifier: str
    issued_at: datetime
    status_list: int
    status_index: int
    prior: str = ""


class Envelopes:
    """Makes envelopes with one seal."""

    def __init__(self, seal: AgencySeal, issuer: str, status_uri: str) -> None:
        """Create with a seal; ``status_uri`` is that of status lists, without a number."""
        self._issuer = seal.issuer(MEDIA_TYPE)
        self._agency = issuer
        self._status_uri = status_uri

    def seal(self, draft: Draft, kind: LicenseType, place: Place) -> tuple[str, str]:
        """Return the envelope, and the hex SHA-256 of its issuer-signed JWT."""
        concealed = [item.name for item in kind.fields if item.concealed and draft.fields.get(item.name)]
        concealer = Concealer(2 * len(draft.holders) + len(concealed) + bool(draft.photo))
        shown = {name: value for name, value in draft.fields.items() if name not in concealed and value}
        hidden = [concealer.conceal(name, draft.fields[name]) for name in concealed]
        if draft.photo:
            hidden.append(concealer.conceal("photo_sha256", sha256(draft.photo).hexdigest()))
        payload: dict[str, Any] = {
            "iss": self._agency,
            "iat": int(place.issued_at.timestamp()),
            "nbf": _seconds(draft.valid_from),
            "vct": f"urn:oid:{ROOT}.{kind.code}",
            "identifier": place.identifier,
            "type": kind.id,
            "name": kind.name,
            "number": draft.number,
            "valid_from": draft.valid_from.isoformat(),
            "holders": [
                {
                    "kind": holder.kind.value,
                    "_sd": sorted((concealer.conceal("name", holder.name), concealer.conceal("code", holder.code))),
                }
                for holder in draft.holders
            ],
            "license": shown | ({"_sd": sorted(hidden)} if hidden else {}),
            "status": {"status_list": {"idx": place.status_index, "uri": f"{self._status_uri}{place.status_list}"}},
            "_sd_alg": "sha-256",
        }
        if draft.valid_to:
            payload |= {"valid_to": draft.valid_to.isoformat(), "exp": _seconds(draft.valid_to + timedelta(days=1))}
        if draft.holder_key:
            payload["cnf"] = {"jwk": dict(draft.holder_key)}
        if draft.facts:
            payload["rests_on"] = [{"dataset": fact.dataset, "answer": fact.answer} for fact in draft.facts]
        if place.prior:
            payload["supersedes"] = place.prior
        jwt = self._issuer.issue(payload)
        return join(jwt, concealer.disclosures), sha256(jwt.encode()).hexdigest()


def disclosing(envelope: str, fields: Container[str]) -> str:
    """Return an envelope that discloses only these fields; ``holder_name`` means holders' names."""
    whole = SdJwt.parse(envelope)
    own = set(whole.unverified["license"].get("_sd", ()))  # a field may have a name that holders have, too
    named = "holder_name" in fields
    return whole.disclose(lambda name, at: name in fields if at in own else named and name == "name").text


@lru_cache(maxsize=1000)  # a batch has few different periods
def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), CHINA).timestamp())
