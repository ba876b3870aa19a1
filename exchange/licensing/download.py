"""A download: a code is used up, its use recorded, and the watermarked page made; all of it, or nothing."""

from collections.abc import Sequence

import asyncpg

from exchange.acts import Act, done
from exchange.licensing.entries import about
from exchange.licensing.printer import Printer
from exchange.question import Basis
from exchange.requester import Requester
from keys.notes import NoteSigner
from registry.errors import NotOnRecordError
from registry.ledger.append import Head, append
from registry.ledger.leaf import Pseudonyms, make_leaf
from registry.licenses import codes, records
from registry.licenses.codes import CodeUse
from registry.register import Register


async def download(
    connection: asyncpg.Connection,
    code: str,
    register: Register,
    printer: Printer,
    signers: Sequence[NoteSigner],
    pseudonyms: Pseudonyms,
) -> bytes:
    """The PDF behind a code, watermarked with its purpose and requester; the code is good once.

    Raises:
        NotOnRecordError: unknown, past its end, or used.
    """
    async with connection.transaction():
        redeemed = await codes.redeem(connection, CodeUse.DOWNLOAD, code, "download")
        found = await records.get_license(connection, redeemed.identifiers[0])
        if found is None:
            raise NotOnRecordError("license: no such license")
        page = await printer.page(found, redeemed.purpose)
        system = next((item for item in register.certificates.values() if item.system.id == redeemed.made_by), None)
        if system is None:
            raise NotOnRecordError("code: the system that made it is no longer on record")
        act = about(Act("download", Basis("", "", "", ""), reason=redeemed.purpose), found)
        requester = Requester(system.agency, system.system)
        entry = done(requester, act, "DOWNLOADED", found.digest, found.issuer, pseudonyms)
        await append(connection, [make_leaf(entry)], signers, Head(0, (), ""))
    return page
