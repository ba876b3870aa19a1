"""Printing of licenses: QR codes, and sealed pages, which are made on demand and cached."""

import asyncio
import time
from pathlib import Path

from exchange.acts.refusals import Reason, Refusal
from exchange.acts.state import NodeState
from keys.qr import Essentials, code_url, write_qr
from keys.sdjwt import SdJwt
from keys.store import replace_file
from keys.timestamp_authority import TimestampAuthority
from registry.licenses.license import License
from registry.seals.kinds import TargetKind

_SHOWN_HOLDERS = 3


class Printer:
    """Makes pages with the seals of the node's state."""

    def __init__(self, tsa: TimestampAuthority, kept: Path) -> None:
        """Create a printer; ``tsa`` makes timestamps, ``kept`` is the folder of the cache."""
        self._tsa = tsa
        self._kept = kept

    async def page(self, state: NodeState, found: License, watermark: str = "") -> bytes | Refusal:
        """Return the sealed PDF of a license; without a watermark it is cached.

        Raises:
            RuleError: no font has a character.
        """
        # Imported on first use, since it takes a second, and serving does not need it.
        from exchange.pages.license import Page, make_pdf  # noqa: PLC0415
        from exchange.pages.pades import Stamping  # noqa: PLC0415

        path = self._kept / f"{found.digest}.pdf"
        if not watermark and path.exists():
            return await asyncio.to_thread(path.read_bytes)
        seal = state.seals.of(found.issuer, TargetKind.LICENSE)
        if seal is None:
            return no_seal(found.issuer)
        agency = state.register.agencies[found.issuer]
        page = Page(state.register.license_types[found.type], agency.name, qr(state, found), watermark)
        stamping = Stamping(seal.signer, seal.chain, self._tsa)
        data = await asyncio.to_thread(make_pdf, found, page, stamping)
        if not watermark:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            await asyncio.to_thread(replace_file, path, data)
        return data


def qr(state: NodeState, found: License) -> str:
    """Return the QR code's text: a URL of the node that publishes the status; holders by first character."""
    seal = state.seals.of(found.issuer, TargetKind.LICENSE)
    if seal is None:
        return ""
    claims = SdJwt.parse(found.envelope).unverified
    listed = claims["status"]["status_list"]["uri"]
    names = [one.name[:1] + "*" * max(len(one.name) - 1, 1) for one in found.holders[:_SHOWN_HOLDERS]]
    essentials = Essentials(
        issuer=found.issuer,
        identifier=found.identifier,
        name=state.register.license_types[found.type].name,
        holders="、".join(names),
        digest=found.digest,
        issued_at=int(time.time()),  # the time of this seal, which may be newer than the license
        expires_at=claims.get("exp", 0),
        status_uri=listed,
        status_index=found.status_index,
    )
    code = write_qr(essentials, seal.signer, seal.certificate)
    return code_url(f"{listed.rpartition('/status/')[0]}/check", code)


def no_seal(agency: str) -> Refusal:
    """Return the refusal if an agency's seal for licenses is not in force here."""
    return Refusal(Reason.SEAL_UNAVAILABLE, f"no seal of {agency} is in force on this node")
