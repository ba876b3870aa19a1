"""The revocation lists, written anew from what is on record."""

from exchange.authority import CRL_LIFETIME, Vault
from exchange.national import NationalAuthority
from exchange.registrars import make_registrar
from exchange.settings import Settings
from registry.database import Database

KEPT_SECONDS = CRL_LIFETIME.total_seconds() / 14
"""How long a list is published before the next one, well within its lifetime."""


async def publish_revocations(settings: Settings, url: str) -> None:
    """Write the CRLs of the register at ``url``.

    Raises:
        RegistryError: the database does not answer.
    """
    database = Database(url)
    try:
        vault = Vault.of(settings)
        registrar = await make_registrar(settings, database, "node")
        issuer = vault.certificate("issuing").subject.rfc4514_string()
        vault.write_revocation_lists(await registrar.revocations(issuer))
        national = NationalAuthority(vault)
        if national.made:
            national.write_revocation_list(await registrar.revocations(national.issuer))
    finally:
        await database.close()
