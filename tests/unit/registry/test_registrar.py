"""Tests of the registrar: a change and its entry are one transaction, and repetition changes nothing."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from keys.notes import NoteSigner
from registry.agencies import State
from registry.connection import connect
from registry.database import Database
from registry.errors import DepartedError, NotOnRecordError, RuleError, SchemaError
from registry.ledger.append import read_head
from registry.ledger.search import Filter, search
from registry.loading import load
from registry.reading import read_register
from registry.register import ledger_key_states
from registry.registrar import Registrar
from registry.tables import metadata
from registry.transitions import IllegalTransitionError
from tests.support.ledgers import appender
from tests.support.registers import files, grant

__all__ = ["files"]


async def test_loading_again_changes_nothing_and_records_nothing(
    url: str, note_signer: NoteSigner, files: list[Path]
) -> None:
    database = Database(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    first = await load(files, registrar)
    assert (first.agencies, first.systems, first.datasets) == (2, 1, 1)
    await registrar.add_grants([grant()])
    connection = await connect(url)
    size = (await read_head(connection)).size
    assert size == 5
    again = await load(files, registrar)
    assert (again.agencies, again.systems, again.datasets, await registrar.add_grants([grant()])) == (0, 0, 0, 0)
    assert (await read_head(connection)).size == size
    assert await registrar.add_grants([grant(daily_quota=5)]) == 1
    register = await read_register(connection)
    assert register.grants["d", "113205000000140825"][0].daily_quota == 5
    await registrar.revoke_grant("g", "no longer needed")
    assert not (await read_register(connection)).grants
    entries = await search(connection, Filter(officer="tester"))
    assert [entry.leaf.facts.reason for entry in entries[:2]] == ["REVOKED", "CHANGED"]
    assert [entry.leaf.facts.changed for entry in entries[:2]] == [("state",), ("daily_quota",)]
    assert [(entry.leaf.facts.object, entry.leaf.facts.version) for entry in entries[:2]] == [("g", 3), ("g", 2)]
    assert b"no longer needed" not in entries[0].data  # why is free text, so it is no part of the leaf
    with pytest.raises(NotOnRecordError, match="no active grant g"):
        await registrar.revoke_grant("g", "again")
    with pytest.raises(RuleError, match=r"grants\[g\]: was revoked"):
        await registrar.add_grants([grant()])
    await connection.close()
    await database.close()


async def test_the_last_active_ledger_key_is_not_retired(url: str, note_signer: NoteSigner) -> None:
    database = Database(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    names = ["ledger-1", "ledger-2", "ledger-3"]  # the first has no row until it is retired
    await registrar.set_ledger_key("ledger-2", "x+2", "active")
    with pytest.raises(IllegalTransitionError, match="the last active key"):
        await registrar.retire_ledger_key("ledger-1", "x+1", names[:1])
    await registrar.retire_ledger_key("ledger-1", "x+1", names)
    await registrar.retire_ledger_key("ledger-2", "x+2", names)
    with pytest.raises(IllegalTransitionError, match="the last active key"):
        await registrar.retire_ledger_key("ledger-3", "x+3", names)
    connection = await connect(url)
    states = await ledger_key_states(connection)
    assert states == {"ledger-1": State.RETIRED, "ledger-2": State.RETIRED}
    await connection.close()
    await database.close()


@pytest.mark.parametrize("edit", ["UPDATE ledger_key SET state = 'active' WHERE", "DELETE FROM ledger_key WHERE"])
async def test_no_key_signs_while_the_row_of_a_ledger_key_departs(url: str, note_signer: NoteSigner, edit: str) -> None:
    database = Database(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    await registrar.set_ledger_key("ledger-2", "x+2", "active")
    await registrar.retire_ledger_key("ledger-1", "x+1", ["ledger-1", "ledger-2"])
    connection = await connect(url)
    assert (await ledger_key_states(connection))["ledger-1"] is State.RETIRED
    await connection.execute(f"{edit} key_name = 'ledger-1'")
    with pytest.raises(DepartedError, match=r"ledger-key ledger-1: not as .* yici ledger verify --registers"):
        await ledger_key_states(connection)
    await connection.close()
    await database.close()


async def test_the_examples_of_the_page_about_registers_can_be_loaded(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "registers.md").read_text(encoding="utf-8")
    (tmp_path / "page.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")

    database = Database(url)
    loaded = await load([tmp_path / "page.yaml"], Registrar(database, appender(note_signer), "tester"))
    assert (loaded.agencies, loaded.systems, loaded.datasets, loaded.matters, loaded.grants) == (2, 1, 1, 1, 1)
    with pytest.raises(RuleError, match="sections: must be grants alone"):
        await load([tmp_path / "page.yaml"], Registrar(database, appender(note_signer), "tester"), "grants")
    await database.close()


NEED = "{id: r, proof: x, proof_en: x, legal_basis: x, demanded_by: x, issued_by: x, how: x}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("agencies: [{uscc: '1', name: x, region: '320500'}]", "uscc"),
        ("agencies: [{uscc: '113205000000140157', name: x, region: '1'}]", "agencies[113205000000140157].region: six digits"),
        (f"agencies: [{{uscc: '113205000000140157', name: {'局' * 201}, region: '320500'}}]", "agencies[113205000000140157].name: 1 to 200"),
        ("agencies: [{uscc: '113205000000140157', name: '', region: '320500'}]", "agencies[113205000000140157].name: 1 to 200"),
        ('agencies: [{uscc: "113205000000140157", name: "局\\u202e", region: "320500"}]', "agencies[113205000000140157].name: 1 to 200 printable"),
        ('agencies: [{uscc: "113205000000140157", name: "局\\x9b", region: "320500"}]', "agencies[113205000000140157].name: 1 to 200 printable"),
        ('agencies: [{uscc: "113205000000140157", name: "局\\n区", region: "320500"}]', "agencies[113205000000140157].name: 1 to 200 printable"),
        (f"systems: [{{id: {'s' * 101}, agency: '113205000000140157', name: x}}]", "systems[0].id: 1 to 100"),
        ('systems: [{id: "a\\nb", agency: "113205000000140157", name: x}]', "systems[0].id: 1 to 100"),
        (f"grants: [{{id: g, agency: '113205000000140825', dataset: d, fields: [name], modes: [verify], matters: [m], legal_basis: {'法' * 401}, valid_from: 2026-01-01T00:00:00+08:00, valid_to: 2027-01-01T00:00:00+08:00}}]", "grants[g].legal_basis: 1 to 400"),
        ("agencies: [{uscc: '113205000000140157', nam: x, region: '320500'}]", "agencies[113205000000140157].nam: no such key; there are uscc, name, region, state"),
        ("agencies: {}", "must be a list"), ("agencys: []", "agencys: no such section"), ("a: [", "not YAML"), ("agencies: []\nagencies: []", "agencies is there twice, in lines 1 and 2"), ("a: 2027-02-29", "not a timestamp, line 1"),
        ("agencies: [{uscc: '11320500000014111G', name: x, region: '320500'}]\nsystems: [{id: s, agency: '113205000000140123', name: x}]", "agency"), ("- 1", "must hold sections"),
        ("systems: [{id: s, agency: '113205000000140157', name: x, duty: rule}]", "duty"),
        (f"matters: [{{id: m, name: x, name_en: x, agency: '113205000000140825', requirements: [{NEED}, {NEED}]}}]", "matters[m].requirements: r is there twice"),
    ],
)  # fmt: skip
async def test_a_wrong_file_is_refused_by_place_and_changes_nothing(
    url: str, note_signer: NoteSigner, files: list[Path], tmp_path: Path, text: str, place: str
) -> None:
    (tmp_path / "wrong.yaml").write_text(text)

    database = Database(url)
    with pytest.raises(RuleError) as caught:
        await load([*files, tmp_path / "wrong.yaml"], Registrar(database, appender(note_signer), "tester"))
    assert place in str(caught.value)
    connection = await connect(url)
    assert not (await read_register(connection)).agencies
    await connection.close()
    await database.close()


EVERY_KIND = """
agencies: [{uscc: 113205000000140157, name: 局, region: "32050", city: x}]
systems: [{id: desk, agency: "113205000000140157", name: 台, duty: rule}, just-text]
grants:
  - id: tax-desk
    agency: "1"
    dataset: d
    fields: name
    modes: [verify, look]
    valid_from: soon
    valid_to: 2036-01-01T00:00:00+08:00
    daily_quota: many
grant: []
"""
EVERY_FAULT = {
    "every.yaml: agencies[0].uscc: must be text; what looks like a number, a date, yes or no goes in quotation marks",
    "every.yaml: agencies[0].region: six digits, the first 1 to 8",
    "every.yaml: agencies[0].city: no such key; there are uscc, name, region, state",
    "every.yaml: systems[desk].duty: one of request, approve, administer, audit, operate",
    "every.yaml: systems[1]: must hold keys and values",
    "every.yaml: grants[tax-desk].agency: 18 characters of 0-9 and A-Z without I, O, S, V, Z (GB 32100)",
    "every.yaml: grants[tax-desk].fields: must be a list: [a, b]",
    "every.yaml: grants[tax-desk].modes[1]: one of verify, query",
    "every.yaml: grants[tax-desk].matters: is required",
    "every.yaml: grants[tax-desk].legal_basis: is required",
    "every.yaml: grants[tax-desk].valid_from: must be a time with its offset, such as 2026-01-01T00:00:00+08:00",
    "every.yaml: grants[tax-desk].daily_quota: must be a whole number",
    "other.yaml: matters: must be a list",
}


async def faults_of(registrar: Registrar, *paths: Path) -> set[str]:
    with pytest.raises(RuleError) as caught:
        await load(paths, registrar)
    assert str(caught.value).splitlines() == [str(fault) for fault in caught.value.faults]
    return set(map(str, caught.value.faults))


async def test_every_fault_of_every_file_is_named_by_its_section(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    every, other, typo = (tmp_path / name for name in ("every.yaml", "other.yaml", "typo.yaml"))
    every.write_text(EVERY_KIND.replace("grant: []\n", ""))
    other.write_text("matters: 5")
    typo.write_text(EVERY_KIND)

    database = Database(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    assert await faults_of(registrar, every, other) == EVERY_FAULT
    misspelt = "typo.yaml: grant: no such section; there are agencies, systems, people, catalogue, license_types, matters, grants, seal_rules"  # fmt: skip
    in_typo = {fault.replace("every.yaml", "typo.yaml") for fault in EVERY_FAULT if fault.startswith("every.yaml")}
    assert await faults_of(registrar, typo) == {misspelt, *in_typo}
    await database.close()


EVERY_STAGE = """
agencies: [{uscc: "113205000000140232", name: 局, region: "32050"}]
systems:
  - {id: stranger, agency: "113205000000140740", name: 台}
  - {id: under-fault, agency: "113205000000140232", name: 台}
license_types: [{id: permit}]
agencys: [{uscc: "113205000000140610", name: 局, region: "320500"}]
matters:
  - id: m
    name: 事项
    name_en: Matter
    agency: "113205000000140740"
    requirements:
      - {id: one, proof: 证, proof_en: Proof, legal_basis: 依据, demanded_by: 局, issued_by: 局, dataset: d, claims: [{field: never, operator: EXISTS}]}
      - {id: two, proof: 证, proof_en: Proof, legal_basis: 依据, demanded_by: 局, issued_by: 局, dataset: none, claims: [{field: name, operator: EXISTS}]}
      - {id: three, proof: 证, proof_en: Proof, legal_basis: 依据, demanded_by: 局, issued_by: 局, dataset: license.permit, claims: [{field: number, operator: EXISTS}]}
grants:
  - {id: g, agency: "113205000000140610", dataset: d, fields: [nothing], modes: [verify], matters: [m], legal_basis: x, valid_from: 2026-01-01T00:00:00+08:00, valid_to: 2036-01-01T00:00:00+08:00}
seal_rules:
  - {id: r, seal: "32050000000017", systems: [desk], target_kinds: [file], matters: [m], valid_from: 2026-01-01T00:00:00+08:00, valid_to: 2036-01-01T00:00:00+08:00}
"""


async def test_a_fault_of_one_section_hides_none_of_the_next(
    url: str, note_signer: NoteSigner, files: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "wrong.yaml").write_text(EVERY_STAGE)
    database = Database(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    found = await faults_of(registrar, *files, tmp_path / "wrong.yaml")
    missing = "113205000000140740 is not on record; add it under agencies first"
    malformed = {fault for fault in found if fault.startswith("wrong.yaml: license_types[permit].")}
    assert len(malformed) > 5
    assert found - malformed == {
        "wrong.yaml: agencys: no such section; there are agencies, systems, people, catalogue, license_types, matters, grants, seal_rules",
        "wrong.yaml: agencies[113205000000140232].region: six digits, the first 1 to 8",
        f"wrong.yaml: systems[stranger].agency: {missing}",
        f"wrong.yaml: matters[m].agency: {missing}",
        "wrong.yaml: matters[m].requirements[one].d.claims[0].field: no such field in d",
        "wrong.yaml: matters[m].requirements[two].none: no such dataset; add it first",
        "wrong.yaml: grants[g].fields: no field nothing in d",
        "wrong.yaml: seal_rules[r].seal: 32050000000017 is not on record",
    }
    connection = await connect(url)
    assert not (await read_register(connection)).agencies
    await connection.close()
    await database.close()


async def test_what_an_unreadable_file_may_hold_is_not_called_missing(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("agencies: [")
    (tmp_path / "systems.yaml").write_text('systems: [{id: s, agency: "113205000000140232", name: x}]')
    database = Database(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    paths = tmp_path / "broken.yaml", tmp_path / "systems.yaml"
    assert await faults_of(registrar, *paths) == {"broken.yaml: not YAML, line 1"}
    await database.close()


async def test_every_item_that_is_not_on_record_is_named_by_its_section(
    url: str, note_signer: NoteSigner, files: list[Path], tmp_path: Path
) -> None:
    unknown, known = "113205000000140232", "113205000000140825"
    (tmp_path / "more.yaml").write_text(f"""
systems: [{{id: s, agency: "{unknown}", name: x}}]
matters: []
""")
    (tmp_path / "grants.yaml").write_text(f"""
grants:
  - {{id: one, agency: "{unknown}", dataset: d, fields: [name, nothing, never], modes: [verify], matters: [m], legal_basis: x, valid_from: 2026-01-01T00:00:00+08:00, valid_to: 2036-01-01T00:00:00+08:00}}
  - {{id: two, agency: "{known}", dataset: none, fields: [name], modes: [verify], matters: [m], legal_basis: x, valid_from: 2026-01-01T00:00:00+08:00, valid_to: 2036-01-01T00:00:00+08:00}}
""")

    database = Database(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    missing = f"{unknown} is not on record; add it under agencies first"
    assert await faults_of(registrar, *files, tmp_path / "more.yaml") == {f"more.yaml: systems[s].agency: {missing}"}
    assert await faults_of(registrar, *files, tmp_path / "grants.yaml") == {
        f"grants.yaml: grants[one].agency: {missing}",
        "grants.yaml: grants[one].fields: no field nothing in d",
        "grants.yaml: grants[one].fields: no field never in d",
        "grants.yaml: grants[two].dataset: no such dataset: none; add it first",
    }
    await database.close()


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"fields": ("other",)}, "no field other"),
        ({"dataset": "e"}, "no such dataset"),
        ({"agency": "11320500000014111G"}, "not on record"),
    ],
)
async def test_a_grant_that_does_not_fit_the_catalogue_is_refused(
    url: str, note_signer: NoteSigner, files: list[Path], changed: dict[str, object], rule: str
) -> None:
    database = Database(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    await load(files, registrar)
    with pytest.raises(RuleError, match=rule):
        await registrar.add_grants([grant(**changed)])
    await database.close()


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"valid_to": datetime(2025, 1, 1, tzinfo=UTC)}, ["valid_to"]),
        ({"fields": ()}, ["fields"]),
        ({"clear_fields": ("x",)}, ["clear_fields"]),
        ({"daily_quota": -1}, ["daily_quota"]),
        ({"valid_from": datetime(2026, 1, 1)}, ["valid_from"]),
        ({"agency": "1", "modes": (), "daily_quota": -1}, ["agency", "modes", "daily_quota"]),
    ],
)
def test_a_grant_that_contradicts_itself_is_refused_by_every_fault(
    changed: dict[str, object], faults: list[str]
) -> None:
    with pytest.raises(RuleError) as caught:
        grant(**changed)
    assert [fault.field for fault in caught.value.faults] == faults


async def test_a_grant_revoked_while_it_is_added_again_stays_revoked(
    url: str, note_signer: NoteSigner, files: list[Path]
) -> None:
    class Interrupted(Registrar):
        async def require_agencies(self, named: Iterable[tuple[str, str]]) -> None:
            await super().require_agencies(named)
            other = Database(url)
            await Registrar(other, appender(note_signer), "another").revoke_grant("g", "misused")
            await other.close()

    database = Database(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    await load(files, registrar)
    await registrar.add_grants([grant()])
    with pytest.raises(RuleError, match="was revoked"):
        await Interrupted(database, appender(note_signer), "tester").add_grants([grant(daily_quota=5)])
    connection = await connect(url)
    assert not (await read_register(connection)).grants
    await connection.close()
    await database.close()


@pytest.mark.parametrize("edit", ["UPDATE access_grant SET state = 'active'", "DELETE FROM access_grant"])
async def test_a_revoked_grant_stays_revoked_after_an_edit_of_its_row(
    url: str, note_signer: NoteSigner, files: list[Path], edit: str
) -> None:
    database = Database(url)
    registrar = Registrar(database, appender(note_signer), "tester")
    await load(files, registrar)
    await registrar.add_grants([grant()])
    await registrar.revoke_grant("g", "misused")
    connection = await connect(url)
    await connection.execute(edit)
    with pytest.raises(RuleError, match=r"grants\[g\]: was revoked"):
        await registrar.add_grants([grant(daily_quota=5)])
    assert not (await read_register(connection)).grants
    await connection.close()
    await database.close()


async def test_a_node_refuses_a_schema_that_it_does_not_know(url: str) -> None:
    database = Database(url)
    await database.require_current_schema()
    connection = await connect(url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaError, match="found 9999"):
        await database.require_current_schema()
    await connection.close()
    await database.close()


BY_HAND = (
    "ledger_entry",
    "ledger_opening",
    "ledger_subject",
    "ledger_head",
    "ledger_tile",
    "license",
    "status_",
    "seal",
    "document",
)


def known_to_the_code(_object: object, name: str, kind: str, _reflected: object, _other: object) -> bool:
    """Tables of SQLAlchemy; the others are accessed by plain SQL."""
    if kind == "table":
        return name in ("license_type", "seal_rule") or not name.startswith(BY_HAND)
    return name != "fk_seal_rule_seal"


async def test_the_migrations_make_the_tables_that_the_code_knows(url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"include_object": known_to_the_code})
        return compare_metadata(context, metadata)  # type: ignore[no-any-return]

    database = Database(url)
    async with database.transaction() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()
