"""Publishing of revocation lists from the registers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cryptography import x509

from exchange.pki.key_vault import CRL_LIFETIME, KeyVault
from exchange.pki.seal_ca import NationalAuthority
from registry.database import Database
from registry.departures import departures
from registry.registrar import Registrar

_KEPT = CRL_LIFETIME / 14
"""How long a list is published before the next one, well within its lifetime."""


async def publish(vault: KeyVault, database: Database, registrar: Registrar, *, only_due: bool = False) -> None:
    """Write the CRLs of the registers; with ``only_due``, only old or outdated ones.

    Concurrent publishers wait, since an older reading must not replace a newer list.

    Raises:
        RegistryError: the database does not answer.
    """
    connection = await database.dedicated()
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext('revocations'))")
        issuer = vault.certificate("issuing").subject
        # A certificate whose row departs from the ledger may have been revoked: what is listed stays listed.
        departed = await departures(connection, "certificate")
        held = _listed(vault.revocation_lists(), issuer) if departed else {}
        revoked = held | await registrar.revocations(issuer.rfc4514_string())
        if not only_due or _is_due(vault.revocation_lists(), issuer, revoked):
            vault.write_revocation_lists(revoked)
        national = NationalAuthority(vault)
        if national.made:
            held = _listed(national.revocation_lists(), national.issuer) if departed else {}
            revoked = held | await registrar.revocations(national.issuer.rfc4514_string())
            if not only_due or _is_due(national.revocation_lists(), national.issuer, revoked):
                national.write_revocation_list(revoked)
    finally:
        await connection.close()  # releases the lock


def _listed(held: Sequence[x509.CertificateRevocationList], issuer: x509.Name) -> dict[int, datetime]:
    """Return the serial numbers on an issuer's list, and the times of their revocation."""
    return {entry.serial_number: entry.revocation_date_utc for item in held if item.issuer == issuer for entry in item}


def _is_due(held: Sequence[x509.CertificateRevocationList], issuer: x509.Name, revoked: Mapping[int, datetime]) -> bool:
    own = next((item for item in held if item.issuer == issuer), None)
    if own is None or {entry.serial_number for entry in own} != set(revoked):
        return True
    return own.last_update_utc + _KEPT <= datetime.now(UTC)
