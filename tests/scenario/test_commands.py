"""Scenario tests of commands on the host: each is an act with a ledger entry, or a listed exception."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from exchange.cli.app import COMMANDS, make_app
from exchange.cli.language import chinese
from exchange.demo.city import City
from exchange.node.login import LOGIN_UID, host_operator
from exchange.node.wiring.ledger import ledger_states
from exchange.node.wiring.postgres import embedded_url
from exchange.pki.key_vault import KeyVault
from keys.certificates import fingerprint, pem
from keys.notes import NoteKey
from registry.connection import connect, create_database
from registry.database import Database
from registry.embedded import EmbeddedPostgres
from registry.ledger.search import Found
from registry.seals.kinds import SealKind
from tests.conftest import OpenCity
from tests.support.ask import APPLICANT, newest
from tests.support.logins import LI, QIAN, SUN, name_of, yici
from tests.support.permits import issued
from tests.support.stamping import Stamping

WHY = "年度核查"
SUBJECT = f"citizen_id:{APPLICANT.identifier}"
IDENTIFIER = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"
RULE = (
    "A command is on the record if it changes something, or discloses data about a person or the opened values of an "
    "entry. Lists of the registers' public columns are not on the record."
)
QUIET = {
    "audit.clocks": "reads what a node publishes over HTTP, from outside",
    "catalog.list": "lists public columns of the catalogue",
    "db.upgrade": "records an upgrade once the ledger's tables are there; a current schema changes nothing",
    "demo": "makes a city of invented people",
    "evidence.check": "reads files that its caller has",
    "grant.list": "lists public columns of the register of grants",
    "init": "makes the ledger",
    "keys.list": "lists names and public parts of keys",
    "ledger.prove": "writes a receipt, which has public leaves alone",
    "ledger.verify": "recomputes, and names entries and rows without their values",
    "license.change": "is a call of a system to a node",
    "license.issue": "is a call of a system to a node",
    "license.review": "is a call of a system to a node",
    "license.types": "lists public columns of the register of license types",
    "policy.explain": "decides by public columns about a question without a subject",
    "quickstart": "makes a node with invented people",
    "seal.check": "checks files that its caller has, and tells the state of a seal, a public column",
    "seal.list": "lists public columns of the register of seals",
    "seal.show": "shows public columns of a seal, and its picture, which is made to be shown",
    "seal.use": "is a call of a system to a node",
    "serve": "runs the node",
    "source.check": "counts a department's rows and tells none of their values",
    "stop": "stops the node",
    "system.request": "makes a key at the department",
    "trust.export": "writes public keys",
}
"""Commands that leave no entry by themselves, and why not."""
CALLS = ("agency.", "application.", "proposal.")
"""Groups of commands that are calls of systems or people to a node, which leaves their entries."""


@pytest.fixture(scope="module")
def kept(open_city: OpenCity) -> Iterator[City]:
    """A city of this module, whose registers and keys commands change."""
    with open_city() as town:
        yield town


def test_every_command_is_an_act_of_its_own_or_says_why_not() -> None:
    acts = {name for name in commands() if name not in QUIET and not name.startswith(CALLS)}
    assert acts | {"db.upgrade"} == actions()
    assert set(QUIET) <= commands()


def test_operators_and_deciders_read_one_rule_of_what_is_recorded() -> None:
    root = Path(__file__).parents[2]
    pages = root / "docs/operate.md", next((root / "docs/adr").glob("0066-*.md"))
    assert [RULE in " ".join(page.read_text(encoding="utf-8").split()) for page in pages] == [True, True]


def test_no_command_that_is_an_act_runs_without_a_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(chinese.cache_clear)
    given = {name: arguments(name) for name in actions() - {"ledger.search", "ledger.show"}}
    cases = [[*name.split("."), *map(str, words)] for name, words in given.items()]
    cases += [["ledger", "search", *words] for words in (["--subject", SUBJECT], ["--officer", "李"], ["--case", "1"])]
    for words in cases:
        for why, lang, told in (
            ("", "en", "why this is done"),
            ("", "zh", "须说明原因"),
            ("x" * 201, "en", "1 to 200"),
        ):
            monkeypatch.setenv("YICI_WHY", why)
            monkeypatch.setenv("YICI_LANG", lang)
            chinese.cache_clear()
            # There is no node in this folder: nothing of it is opened before there is a reason.
            found = CliRunner().invoke(make_app(words), [*words, "--data", str(tmp_path)], env={"COLUMNS": "200"})
            assert (found.exit_code, told in found.output) == (2, True), (words, found.output)


def arguments(name: str) -> list[object]:
    """What a command needs besides its reason to be understood."""
    here = Path(__file__)
    return {
        "catalog.load": [here], "grant.add": [here], "seal.allow": [here], "seal.trust": [here],
        "system.enrol": ["x", "--csr", here, "--out", "x"], "person.certify": ["x", "--csr", here, "--out", "x"],
        "seal.apply": ["x", "--custodian", "x"],
        "seal.hand-over": ["x", "--custodian", "x"], "keys.rotate-ledger": [], "keys.renew-node": [], "db.upgrade": [],
        "ledger.accept": [], "ledger.clock": ["--confirm"], "license.check": [IDENTIFIER],
    }.get(name, ["x"])  # fmt: skip


Prepare = Callable[[City, Path], list[object]]


def grant_file(folder: Path, **changed: str) -> Path:
    path = folder / "grants.yaml"
    values = {"id": "g-command", "agency": '"113205000000140825"', "dataset": "identity.person"} | changed
    path.write_text(
        f"grants: [{{{', '.join(f'{name}: {value}' for name, value in values.items())}, fields: [name], modes: [verify], matters: [m], "
        "legal_basis: 法, valid_from: 2026-01-01T00:00:00Z, valid_to: 2036-01-01T00:00:00Z}]"
    )
    return path


def csr(_: City, folder: Path) -> list[object]:
    assert yici("system", "request", "audit-desk", "--folder", folder).returncode == 0
    return ["audit-desk", "--csr", folder / "audit-desk.csr.pem", "--out", folder / "chain.pem"]


def person_csr(_: City, folder: Path) -> list[object]:
    assert yici("system", "request", "p-0302", "--folder", folder).returncode == 0
    return ["p-0302", "--csr", folder / "p-0302.csr.pem", "--out", folder / "chain.pem"]


def anchors(_: City, folder: Path) -> list[object]:
    other = Stamping.make()
    (folder / "anchor.pem").write_bytes(pem(other.root.certificate))
    (folder / "lists.pem").write_bytes(pem(*other.bundle.seal_lists))
    return [folder / "anchor.pem", "--crl", folder / "lists.pem"]


def license_of(city: City, _: Path) -> list[object]:
    return [asyncio.run(issued(city)).identifier]


def seal_of(city: City, _: Path) -> list[object]:
    return [city.seals["113205000000140900", SealKind.OFFICIAL]]


CASES: dict[str, tuple[Prepare, str, str]] = {
    "catalog.load": (lambda _, folder: [grant_file(folder)], "register.grant", "ADDED"),
    "grant.add": (lambda _, folder: [grant_file(folder, daily_quota="7")], "register.grant", "CHANGED"),
    "grant.revoke": (lambda _c, _f: ["g-command"], "register.grant", "REVOKED"),
    "system.enrol": (csr, "register.certificate", "ADDED"),
    "person.certify": (person_csr, "register.certificate", "ADDED"),
    "keys.renew-node": (lambda _c, _f: [], "register.node-certificate", "RENEWED"),
    "ledger.show": (lambda _c, _f: ["0"], "audit.entry", "OPENED"),
    "ledger.search": (lambda _c, _f: ["--subject", SUBJECT], "audit.search", "OPENED"),
    "license.state": (license_of, "license.read", "READ"),
    "license.export": (license_of, "license.export", "EXPORTED"),
    "license.check": (
        lambda city, folder: [*license_of(city, folder), "--trust", city.trust],
        "license.check",
        "CHECKED",
    ),
    "seal.allow": (lambda city, folder: [rules(city, folder)], "register.seal-rule", "ADDED"),
    "seal.end-rule": (lambda _c, _f: ["r-command"], "register.seal-rule", "REVOKED"),
    "seal.hand-over": (
        lambda city, folder: [*seal_of(city, folder), "--custodian", "吴"],
        "register.seal",
        "HAND_OVER",
    ),
    "seal.suspend": (seal_of, "register.seal", "SUSPEND"),
    "seal.resume": (seal_of, "register.seal", "RESUME"),
    "seal.trust": (anchors, "register.seal-anchor", "TRUSTED"),
    "keys.rotate-ledger": (lambda _c, _f: [], "register.ledger-key", "ADDED"),
    "keys.retire-ledger": (lambda _c, _f: ["ledger-1"], "register.ledger-key", "ADDED"),
}
"""What each command is given, and its entry's kind and reason; the ledger's keys come last, as a node is restarted then."""


def rules(city: City, folder: Path) -> Path:
    path = folder / "rules.yaml"
    path.write_text(
        f"seal_rules: [{{id: r-command, seal: '{city.seals['113205000000140900', SealKind.OFFICIAL]}', systems: [document-desk], "
        "target_kinds: [file], matters: [official-documents], valid_from: 2026-01-01T00:00:00Z, valid_to: 2036-01-01T00:00:00Z}]"
    )
    return path


@pytest.mark.parametrize("name", CASES)
def test_a_command_leaves_one_entry_of_its_operator_and_reason(kept: City, tmp_path: Path, name: str) -> None:
    prepare, kind, result = CASES[name]
    given = prepare(kept, tmp_path)
    before = last(kept).index
    done = yici(*name.split("."), *given, "--why", WHY, "--data", kept.data, login=QIAN)
    assert done.returncode == 0 or name == "license.check", done.stderr
    found = last(kept)
    facts = found.leaf.facts
    assert found.index == before + 1
    assert (facts.kind, facts.decision, facts.reason, facts.operator) == (kind, "permit", result, "login")
    request = f'{{"filter":{{}},"reason":"{WHY}"}}' if name == "ledger.search" else WHY
    assert (found.opening.officer, found.opening.request) == (f"operator:{name_of(QIAN)}", request)


FAILING: dict[str, tuple[list[object], str, str]] = {
    "grant.revoke": (["nothing"], "register.grant", "INVALID_REQUEST"),
    "system.revoke": (["00" * 32], "register.certificate", "INVALID_REQUEST"),
    "keys.retire-ledger": (["ledger-9"], "register.ledger-key", "INVALID_REQUEST"),
    "ledger.show": (["99999999"], "audit.entry", "ENTRY_UNKNOWN"),
    "ledger.clock": (["--confirm"], "ledger.clock", "INVALID_REQUEST"),
    "ledger.accept": ([], "ledger.checkpoint", "INVALID_REQUEST"),
    "license.state": ([IDENTIFIER], "license.read", "LICENSE_UNKNOWN"),
    "seal.destroy": (["32059999999999"], "register.seal", "SEAL_UNKNOWN"),
    "seal.end-rule": (["nothing"], "register.seal-rule", "INVALID_REQUEST"),
    "seal.distrust": (["00"], "register.seal-anchor", "INVALID_REQUEST"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING)
def test_a_command_that_fails_leaves_one_entry_that_says_so(kept: City, name: str) -> None:
    given, kind, reason = FAILING[name]
    before = last(kept).index
    failed = yici(*name.split("."), *given, "--why", WHY, "--data", kept.data)
    assert (failed.returncode, "Traceback" in failed.stderr) == (1, False), failed.stderr
    found = last(kept)
    facts = found.leaf.facts
    assert found.index == before + 1
    assert (facts.kind, facts.decision, facts.reason, facts.operator) == (kind, "deny", reason, "account")
    assert found.opening.request == WHY


def test_a_search_of_the_ledger_records_what_is_looked_for(kept: City) -> None:
    officer, case = "李晓雯", "2026-0001"
    words = ["--officer", officer, "--case", case, "--agency", "113205000000140825", "--decision", "deny",
             "--since", "2026-01-01T08:00:00+08:00"]  # fmt: skip
    assert yici("ledger", "search", *words, "--why", WHY, "--data", kept.data).returncode == 0
    found = last(kept)
    assert json.loads(found.opening.request) == {
        "reason": WHY,
        "filter": {"officer": officer, "case": case, "agency": "113205000000140825", "decision": "deny",
                   "since": "2026-01-01T00:00:00.000Z"},
    }  # fmt: skip
    assert not [value for value in (officer, case, "113205000000140825") if value.encode() in found.data]
    shown = yici("ledger", "show", found.index, "--why", WHY, "--data", kept.data).stdout
    assert f'"officer":"{officer}"' in shown


def test_a_search_for_a_person_is_found_by_that_person(kept: City) -> None:
    about = ("ledger", "search", "--subject", SUBJECT, "--limit", "1", "--data", kept.data)
    assert yici(*about, "--why", WHY, login=SUN).returncode == 0
    again = yici(*about, "--why", "又查一次", login=LI)
    assert re.search(rf"operator:{name_of(SUN)} +host \(login\) +audit\.search", again.stdout), again.stdout


async def test_a_ledger_key_that_is_not_on_record_signs_nothing_and_is_next(kept: City) -> None:
    vault = KeyVault.of(kept.settings)

    async def signing() -> list[NoteKey]:
        return [
            signer.key
            for signer in vault.ledger_signers(await ledger_states(Database(embedded_url(kept.settings, "yici"))))
        ]

    before = await signing()
    connection = await connect(embedded_url(kept.settings, "yici"))
    await connection.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no'; END$$;"
        "CREATE TRIGGER refuse BEFORE INSERT ON ledger_key EXECUTE FUNCTION refuse()"
    )
    try:
        assert yici("keys", "rotate-ledger", "--why", WHY, "--data", kept.data).returncode == 1
    finally:
        await connection.execute("DROP FUNCTION refuse CASCADE")
        await connection.close()
    data = ("--data", kept.data)
    assert "not on record" in yici("keys", "list", *data).stdout
    assert await signing() == before
    unrecorded, names = vault.ledger_keys()[0], vault.store.names()
    assert yici("keys", "rotate-ledger", "--why", WHY, *data).returncode == 0
    assert (await signing(), vault.store.names()) == ([unrecorded, *before], names)


def test_the_last_active_ledger_key_is_not_retired(kept: City) -> None:
    listed = json.loads(yici("keys", "list", "--json", "--data", kept.data).stdout)
    active = [row["name"] for row in listed if row["state"] == "active" and row["vkey"]]
    data = ("--why", WHY, "--data", kept.data)
    retired = [yici("keys", "retire-ledger", name, *data) for name in active]
    assert [done.returncode for done in retired] == [0] * (len(active) - 1) + [1]
    assert "the last active key cannot be retired" in retired[-1].stderr
    assert (last(kept).leaf.facts.decision, last(kept).leaf.facts.reason) == ("deny", "ILLEGAL_TRANSITION")


def test_an_entry_that_is_opened_is_named_to_its_subject(kept: City) -> None:
    about = ("ledger", "search", "--subject", SUBJECT, "--data", kept.data, "--why", WHY, "--json", "--limit")
    assert yici(*about, "1").returncode == 0
    [asked] = json.loads(yici(*about, "1").stdout)
    assert yici("ledger", "show", asked["entry"], "--why", WHY, "--data", kept.data, login=SUN).returncode == 0
    opened = last(kept)
    assert (opened.leaf.facts.kind, opened.leaf.facts.object) == ("audit.entry", str(asked["entry"]))
    assert opened.index in [item["entry"] for item in json.loads(yici(*about, "5").stdout)]


def test_without_a_reason_a_search_tells_what_leaves_tell_and_no_more(kept: City) -> None:
    before = last(kept).index
    for words in (("search", "--limit", "1000"), ("show", "0"), ("search", "--json"), ("show", "0", "--json")):
        closed = yici("ledger", *words, "--data", kept.data, YICI_WHY="")
        assert closed.returncode == 0, closed.stderr
        assert not [told for told in ("operator:", "经办人", "opening", APPLICANT.identifier) if told in closed.stdout]
    assert last(kept).index == before
    assert "opening" in yici("ledger", "show", "0", "--json", "--why", WHY, "--data", kept.data).stdout


def test_a_revoked_certificates_entry_names_who_revoked_it(kept: City, tmp_path: Path) -> None:
    assert yici("system", "enrol", *csr(kept, tmp_path), "--why", WHY, "--data", kept.data).returncode == 0
    from cryptography import x509

    found = fingerprint(x509.load_pem_x509_certificate((tmp_path / "chain.pem").read_bytes()))
    assert yici("system", "revoke", found, "--why", "私钥丢失", "--data", kept.data, login=LI).returncode == 0
    entry = last(kept)
    assert (entry.leaf.facts.object, entry.leaf.facts.operator) == (found, "login")
    assert (entry.opening.officer, entry.opening.request) == (f"operator:{name_of(LI)}", "私钥丢失")


def test_the_host_says_who_runs_this_test_as_the_kernel_does() -> None:
    known = LOGIN_UID.exists() and LOGIN_UID.read_text() != str(2**32 - 1)
    assert host_operator().authenticated is known


async def test_an_upgrade_of_the_schema_is_recorded_once(tmp_path: Path, url: str, postgres: EmbeddedPostgres) -> None:
    await create_database(postgres.url("postgres"), "upgraded")
    data = ("--data", tmp_path / "data")
    assert yici("init", *data, YICI_DATABASE__URL=url).returncode == 0
    for _ in range(2):
        done = yici("db", "upgrade", "--why", WHY, *data, YICI_DATABASE__URL=postgres.url("upgraded"), login=SUN)
        assert done.returncode == 0, done.stderr
    about = ("ledger", "show", "0", "--json", "--why", WHY, *data)
    shown = json.loads(yici(*about, YICI_DATABASE__URL=postgres.url("upgraded")).stdout)
    assert (shown["leaf"]["kind"], shown["leaf"]["operator"]) == ("register.database", "login")
    assert (shown["opening"]["officer"], shown["opening"]["request"]) == (f"operator:{name_of(SUN)}", WHY)
    missing = yici("ledger", "show", "2", *data, YICI_WHY="", YICI_DATABASE__URL=postgres.url("upgraded"))
    assert "no entry 2" in missing.stderr


def last(city: City) -> Any:
    """The newest entry."""
    found: list[Found] = asyncio.run(newest(city))
    return found[0]


def actions() -> set[str]:
    """The commands for which there is a Cedar action."""
    text = (files("exchange.acts.policies") / "yici.cedarschema").read_text(encoding="utf-8")
    return set(re.findall(r'"command\.([a-z.-]+)"', text))


def commands() -> set[str]:
    """Every command, its words joined by dots."""
    return {
        name
        for group in COMMANDS
        for name in words_of(get_command(make_app([group])).commands[group], group)  # type: ignore[attr-defined]
    }


def words_of(command: Any, words: str) -> Iterator[str]:
    """Yield a command, or those of a group and of its groups."""
    if not hasattr(command, "commands"):
        yield words
        return
    for name, inner in command.commands.items():
        yield from words_of(inner, f"{words}.{name}")
