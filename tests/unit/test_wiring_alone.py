"""Long-lived objects are made from settings and paths by ``exchange/node/wiring`` alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
WIRING = "exchange/node/wiring/"
CONSTRUCTORS = frozenset(
    {
        "adapters.file.FileSource", "adapters.licenses.LicenseSource", "adapters.rest.RestSource",
        "adapters.sql.SqlSource", "exchange.acts.authorization.Authorizer", "exchange.acts.road.Road",
        "exchange.documents.service.DocumentService", "exchange.licensing.downloads.Downloads",
        "exchange.licensing.filling.Filling", "exchange.licensing.printer.Printer", "exchange.licensing.review.Review",
        "exchange.licensing.service.LicenseService", "exchange.licensing.sharing.LicenseSharing",
        "exchange.licensing.stating.StatedFacts", "exchange.licensing.store.LicenseStore",
        "exchange.licensing.watch.EventWatch", "exchange.node.checkpoints.Checkpoints", "exchange.node.counts.Counts",
        "exchange.node.pages.Pages", "exchange.node.server.Server", "exchange.node.sources.Sources",
        "exchange.pki.agency_seals.AgencySeals", "exchange.pki.key_vault.KeyVault", "exchange.query.pipeline.Exchange",
        "exchange.sealing.pdfs.PdfSealing", "exchange.sealing.service.SealService", "exchange.sealing.store.SealStore",
        "exchange.sealing.using.SealUse", "exchange.sealing.verifying.SealChecks",
        "exchange.services.asking.ExchangeServicer", "exchange.services.auditing.AuditServicer",
        "exchange.services.cataloguing.CatalogueServicer", "exchange.services.documents.DocumentServicer",
        "exchange.services.handshakes.Handshakes", "exchange.services.issuing.IssuingServicer",
        "exchange.services.reviewing.ReviewingServicer", "exchange.services.sealing.SealServicer",
        "exchange.services.showing.ShowingServicer", "registry.connection.connect", "registry.connection.pool",
        "registry.database.Database", "registry.embedded.EmbeddedPostgres",
        "registry.ledger.appender.TransactionalAppender", "registry.ledger.direct.DirectLedger",
        "registry.ledger.group_commit.Ledger", "registry.ledger.leaf.Pseudonyms", "registry.ledger.remote.RemoteLedger",
        "registry.ledger.writer.LedgerWriter", "registry.quotas.Quotas", "registry.register_watch.RegisterWatch",
        "registry.registrar.Registrar",
    }
)  # fmt: skip
"""Pools, connections, ledgers, appenders, keys, policies, sources, stores, services and servers."""

KEY_STORE = "keys.store.SoftwareKeyStore"
OTHERS = {
    ("exchange/pki/key_vault.py", KEY_STORE): "the vault's own store",
    ("exchange/cli/system.py", KEY_STORE): "yici system request, at a department, which has no node",
    ("exchange/demo/local.py", KEY_STORE): "departments' keys",
    ("exchange/demo/city.py", KEY_STORE): "the key of a department's service",
}
"""Who else constructs something, and why."""


def _used(path: Path) -> Iterator[str]:
    """Return the full names of what a module imports and then calls or passes on."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            method = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "of" else node.func
            passed = () if isinstance(node.func, ast.Name) and node.func.id == "isinstance" else node.args
            for item in (method, *passed):
                if isinstance(item, ast.Name) and item.id in imported:
                    yield imported[item.id]


def test_only_the_wiring_constructs_long_lived_objects() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / "exchange").rglob("*.py")
        for name in _used(path)
        if name in CONSTRUCTORS or name == KEY_STORE
    }
    wired = {(path, name) for path, name in found if path.startswith(WIRING)}
    assert found - wired == set(OTHERS)
    assert {name for _, name in wired} == CONSTRUCTORS
