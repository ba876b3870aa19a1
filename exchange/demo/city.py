"""A city on one machine: a node, its registers, and departments with their stores and systems.

Processes, TLS, databases and files are real. The demo, scenario tests and benchmarks use it.
"""

import asyncio
import secrets
import shutil
from contextlib import suppress
from datetime import date, timedelta
from importlib.resources import as_file, files
from pathlib import Path

from exchange.acts.command import Command
from exchange.client import Client, DocumentClient, LicenseClient, SealClient
from exchange.client.admin import AdminClient
from exchange.demo.local import WHY, LocalNode, free_ports
from exchange.demo.seals import Seals, letter_rules, make_seals
from exchange.demo.stores import World, write_world
from exchange.node.descriptions import load_descriptions
from exchange.node.wiring.folder import vault_of
from exchange.node.wiring.host import at_host
from exchange.node.wiring.postgres import embedded, embedded_url
from exchange.settings import FILE
from keys.authority import Holder
from keys.certificates import Use, now_utc, pem
from keys.store import SoftwareKeyStore, write_private
from keys.trust import TrustBundle
from registry.connection import create_database
from registry.errors import RuleError

_START_SECONDS = 40.0
_STOP_SECONDS = 30.0
SYSTEMS = (
    "talent-settlement", "audit-desk", "residence-desk", "realty-desk", "citizen-portal", "document-desk",
    "approval-documents", "seal-authority", "seal-maker", "data-quality", "tax-desk", "education-desk", "labour-desk",
    "market-desk", "fund-desk",
)  # fmt: skip
PEOPLE = ("p-0101", "p-0102", "p-0103", "p-0201", "p-0202", "p-0301", "p-0302", "p-0401", "p-0402")
"""Officials: two of the authority administer, one audits; two each of human resources, police and natural resources."""
_ORIGIN = "suzhou.demo.yici.example/ledger"


class City(LocalNode):
    """A city in one data folder."""

    def __init__(self, data: Path, people: int = 10_000, seed: int = 1, today: date | None = None) -> None:
        super().__init__(data)
        self.people = people
        self.seed = seed
        self.today = today or date.today()  # noqa: DTZ011  # the local date of the city
        self.tax_port = next(port for port in free_ports(3) if port not in (self.port, self.http_port))
        self.seals: Seals = {}

    async def clear(self) -> None:
        """Remove the files of an earlier run.

        Raises:
            RuleError: the folder has files that no demo created.
        """
        mark, settings = self.data / "made-by-yici-demo", self.data / FILE
        made_here = mark.exists() or (settings.exists() and _ORIGIN in settings.read_text(encoding="utf-8"))
        if self.data.exists() and not made_here and any(self.data.iterdir()):
            raise RuleError(str(self.data), "holds something that no demo made; name another folder")
        if (self.data / "postgres").exists():
            with suppress(OSError):
                await asyncio.to_thread(embedded(self.data).stop)
        await asyncio.to_thread(shutil.rmtree, self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        mark.write_text("Made by yici demo, which removes this folder when it runs again.\n")

    async def make_node(self, workers: int = 2, extra: str = "") -> None:
        """Create the node's keys, certificates and database; ``extra`` is added to its settings (TOML)."""
        server = embedded(self.data)
        await asyncio.to_thread(server.start)
        await self.make(_ORIGIN, workers, self._connections(server.url("departments")) + extra)

    async def make_world(self) -> int:
        """Write the departments' stores; return the number of records."""
        self.departments.mkdir(parents=True, exist_ok=True)
        await create_database(embedded_url(self.settings, "postgres"), "departments")
        return await write_world(self.world, self.people, self.seed, self.today)

    @property
    def world(self) -> World:
        """The departments' stores."""
        return World(self.departments, embedded_url(self.settings, "departments"))

    async def register(self, *more: Path) -> None:
        """Load registers, catalogue and ``more`` files, enrol the systems, and make every source's seal."""
        folder = self.settings.data / "datasets"
        with as_file(files("adapters") / "datasets") as shipped:
            for path in shipped.glob("*.yaml"):
                shutil.copy(path, folder / path.name)
        with (
            as_file(files("exchange") / "demo" / "registers") as registers,
            as_file(files("registry") / "licenses" / "types.yaml") as types,
        ):
            await self.load([*sorted(registers.glob("*.yaml")), types, *sorted(folder.glob("*.yaml")), *more])
        async with at_host(self.settings) as host:
            for system in SYSTEMS:
                await self.enrol_at(host, system)
            for person in PEOPLE:
                await self.certify_person_at(host, person)
            kinds = (await host.read()).license_types.values()
            issuers = {uscc for kind in kinds for uscc in kind.issuers}
            sources = {item.catalogue.source for item in load_descriptions(folder)} | {kind.source for kind in kinds}
            self.seals = await make_seals(host, self.certificate, sources, issuers)
            rules = Command("seal.allow", "register.seal-rule", WHY)
            await host.act(rules, lambda _: host.registrar(WHY).add_seal_rules(letter_rules(self.seals)))
        await self.export_trust()

    def start_tax_service(self) -> None:
        """Start the tax department's service with its own certificate and token."""
        folder = self.departments / "tax"
        if not folder.exists():
            folder.mkdir(parents=True)
            signer = SoftwareKeyStore(folder).create("service", "ES256")
            issuing = vault_of(self.settings).issuing()
            certificate = issuing.issue(
                Use.NODE,
                Holder("tax service"),
                signer.verifier.spki,
                timedelta(days=365),
                now_utc(),
                hosts=["127.0.0.1"],
            )
            (folder / "chain.pem").write_bytes(pem(certificate, issuing.certificate))
            write_private(folder / "token", secrets.token_urlsafe(32).encode())
        self.run(
            "exchange.demo.tax_service", self.world.tax_file, str(self.tax_port), folder / "token", folder / "chain.pem",
            folder / "service.key.pem", log="tax-service.log",
        )  # fmt: skip

    def client(self, system: str = SYSTEMS[0], seconds: float = 10.0) -> Client:
        """Return a query client for one of the systems."""
        return super().client(system, seconds)

    def license_client(self, system: str, seconds: float = 30.0) -> LicenseClient:
        """Return a license client for one of the systems."""
        return LicenseClient(self.address, *self.credentials(system), TrustBundle.load(self.trust), seconds)

    def seal_client(self, system: str, seconds: float = 30.0) -> SealClient:
        """Return a seal client for one of the systems."""
        return SealClient(self.address, *self.credentials(system), TrustBundle.load(self.trust), seconds)

    def document_client(self, system: str, seconds: float = 30.0) -> DocumentClient:
        """Return an e-document client for one of the systems."""
        return DocumentClient(self.address, *self.credentials(system), TrustBundle.load(self.trust), seconds)

    def admin(self, who: str, seconds: float = 30.0) -> AdminClient:
        """Return a client for administration of a person, or of one of the systems."""
        return AdminClient(self.address, *self.credentials(who), TrustBundle.load(self.trust), seconds)

    def _connections(self, departments: str) -> str:
        sql = "".join(
            f'\n[connections.{name}]\nkind = "sql"\nurl = "{departments}"\n'
            for name in ("police", "market", "social_insurance", "housing_fund")
        )
        return f"""{sql}
[connections.property]
kind = "sql"
url = "sqlite:///{self.departments / "property.sqlite"}"

[connections.tax]
kind = "rest"
base_url = "https://127.0.0.1:{self.tax_port}/api"
token_file = "departments/tax/token"
ca_file = "certificates/root.pem"

[connections.education]
kind = "file"
folder = "departments/drops"

[connections.qualifications]
kind = "file"
folder = "departments/drops"
"""
