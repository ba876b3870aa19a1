"""Certificates that the node issues on its host, for requests of systems and persons on record."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from exchange.node.wiring.host import Host
from keys.authority import Holder
from keys.certificates import Use, fingerprint, now_utc, pem
from keys.connecting import connecting_key
from registry import tables
from registry.errors import NotOnRecordError

LIFETIME = timedelta(days=365)
_HOLDERS = {Use.SYSTEM: tables.system, Use.PERSON: tables.person}


async def certify(host: Host, use: Use, holder: str, csr: bytes, out: Path, why: str) -> str:
    """Issue a certificate for a request of a system or person on record; return its fingerprint.

    The names in it are the holder's id and its agency's, never a person's.

    Raises:
        NotOnRecordError: there is no such holder.
        KeysError: the request is not valid.
    """
    spki = connecting_key(csr)
    table = _HOLDERS[use]
    async with host.database.transaction() as connection:
        query = select(tables.agency.c.name, tables.agency.c.uscc).join(table).where(table.c.id == holder)
        row = (await connection.execute(query)).first()
    if row is None:
        system = use is Use.SYSTEM
        raise NotOnRecordError(f"system: {holder} is not on record" if system else f"person: {holder} is not on record")
    issuing = host.vault.issuing()
    certificate = issuing.issue(use, Holder(holder, row.name, row.uscc), spki, LIFETIME, now_utc())
    fresh = out.with_name(f"{out.name}.new")
    fresh.write_bytes(pem(certificate, issuing.certificate))  # first: what is on record must be in someone's hands
    try:
        await host.registrar(why).add_certificate(certificate, use, holder, row.uscc)
    except BaseException:
        fresh.unlink()
        raise
    fresh.replace(out)
    return fingerprint(certificate)
