"""Makes a seal for an agency: its key here, its certificate by the issuing CA, its entry in the register."""

from exchange.authority import SEAL_LIFETIME, Vault
from keys.certificates import Holder, Use, fingerprint, now_utc
from registry.agencies import Agency
from registry.registrar import Registrar


async def make_seal(vault: Vault, registrar: Registrar, agency: Agency) -> str:
    """Make a seal for a source agency: key, certificate and the register's entry; returns its id."""
    number = sum(1 for name in vault.store.names() if name.startswith(f"seal-{agency.uscc.lower()}")) + 1
    name = f"seal-{agency.uscc.lower()}-{number}"
    # A common name holds 64 bytes, fewer than many a seal's name has; the agency's stands in the organization.
    holder = Holder(f"seal {agency.uscc}", agency.name, agency.uscc)
    signer = vault.store.create(name, "ES256")
    certificate = vault.issuing().issue(Use.SEAL, holder, signer.verifier.spki, SEAL_LIFETIME, now_utc())
    await registrar.add_certificate(certificate, Use.SEAL, agency.uscc)
    await registrar.add_seal(
        f"seal-{agency.uscc}", agency.uscc, f"{agency.name}数据共享专用章", name, fingerprint(certificate)
    )
    return f"seal-{agency.uscc}"
