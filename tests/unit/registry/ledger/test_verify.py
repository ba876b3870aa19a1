"""Tests of verification: any change of the ledger is found and named, and stops signing."""

from pathlib import Path

import pytest

from keys.leaf.facts import RegisterFacts
from keys.notes import NoteSigner
from registry.connection import connect
from registry.database import Database
from registry.errors import LedgerDoubtError
from registry.ledger.verify import verify_ledger
from registry.registrar import Registrar
from tests.support.ledgers import appender, entry, ledger, note, put_back

_REPLACED = (
    "UPDATE ledger_entry SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '{1}', '{2}'), 'UTF8') "
    "WHERE index = {0}; UPDATE ledger_entry SET leaf_hash = sha256('\\x00'::bytea || leaf) WHERE index = {0}"
)
_REWRITTEN = _REPLACED.replace("{1}", '"GRANTED"').replace("{2}", '"GRANTEE"')


CHANGES = {
    "UPDATE ledger_entry SET leaf = replace(encode(leaf, 'escape'), 'permit', 'deny!!')::bytea WHERE index = 300": 300,
    "UPDATE ledger_entry SET agency = 'other' WHERE index = 299": 299,
    "UPDATE ledger_entry SET leaf_hash = sha256('x') WHERE index = 10": 10,
    "UPDATE ledger_opening SET officer = 'someone else' WHERE index = 7": 7,
    "DELETE FROM ledger_entry WHERE index = 42": 42,
    "UPDATE ledger_entry SET index = 900 WHERE index = 599": 900,
    "UPDATE ledger_tile SET hashes = overlay(hashes PLACING '\\x00' FROM 33 FOR 1) WHERE number = 1": 257,
    "UPDATE ledger_tile SET root = sha256('x') WHERE number = 0": 0,
    "DELETE FROM ledger_tile WHERE number = 1": 256,
    "UPDATE ledger_entry SET at = at - interval '4 years' WHERE index = 5": 5,
    "UPDATE ledger_entry SET leaf = 'x', leaf_hash = sha256('\\x0078') WHERE index = 3": 3,
    "UPDATE ledger_entry SET leaf = '[]', leaf_hash = sha256('\\x005b5d') WHERE index = 3": 3,
    "UPDATE ledger_opening SET salts = salts || left(request, 1)::bytea, request = substr(request, 2) WHERE index = 7": 7,
    "INSERT INTO ledger_opening SELECT 600, salts, subject, officer, case_number, request FROM ledger_opening LIMIT 1": 600,
    "INSERT INTO ledger_tile VALUES (0, 2, '', '')": 512,
    "DELETE FROM ledger_subject WHERE index = 8": 8,
    "UPDATE ledger_subject SET index = 9 WHERE index = 8": 8,
    "UPDATE ledger_subject SET pseudonym = sha256('x') WHERE index = 8": 8,
    "INSERT INTO ledger_subject SELECT 8, sha256('x')": 8,
    "INSERT INTO ledger_subject SELECT 600, sha256('x')": 600,
    "DELETE FROM ledger_subject WHERE index = 8; UPDATE ledger_entry SET agency = 'other' WHERE index = 299": 8,
    "DELETE FROM ledger_subject WHERE index = 299; UPDATE ledger_entry SET agency = 'other' WHERE index = 8": 8,
    "DELETE FROM ledger_opening WHERE index = 8; DELETE FROM ledger_subject WHERE index = 8": 8,
    f"{_REWRITTEN.format(5)}; UPDATE ledger_entry SET agency = 'x' WHERE index = 599": 5,
    "UPDATE ledger_head SET frontier = sha256('x')": None,
    "UPDATE ledger_head SET frontier = frontier || sha256('x')": None,
    "DELETE FROM ledger_head": None,
    _REWRITTEN.format(590): None,
    _REPLACED.format(591, '"v":1', '"v":2'): 591,
    _REPLACED.format(592, '"reason"', '"ground"'): 592,
    _REPLACED.format(593, '"verify"', '"verity"'): 593,
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_quiet_change_is_found_and_the_first_wrong_entry_named(
    url: str, note_signer: NoteSigner, tmp_path: Path, change: str
) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record_all([entry(number) for number in range(600)])
    connection = await connect(url)
    await connection.execute(change)
    await connection.close()
    found = await verify_ledger(url, [note_signer.key])
    assert (found.clean, found.wrong_index) == (False, CHANGES[change]), found


async def test_a_rewritten_entry_is_not_built_upon(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record_all([entry(number) for number in range(300)])
    connection = await connect(url)
    await connection.execute(_REWRITTEN.format(290))
    await connection.close()
    assert "does not lead to the checkpoint" in (await verify_ledger(url, [note_signer.key])).wrong
    with pytest.raises(LedgerDoubtError, match="tree and the head disagree"):
        async with ledger(url, note_signer, tmp_path):
            pass


async def test_a_database_put_back_to_an_earlier_day_is_not_signed_upon(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with ledger(url, note_signer, tmp_path) as log:
        await log.record_all([entry(number) for number in range(20)])
        head = log.head
        await log.record_all([entry(number) for number in range(20)])
    await put_back(url, head)
    last = (tmp_path / "checkpoint").read_text()
    assert (await verify_ledger(url, [note_signer.key])).clean  # by itself it is whole
    assert "published or signed at size 40" in (await verify_ledger(url, [note_signer.key], last)).wrong
    database = Database(url)

    with pytest.raises(LedgerDoubtError, match="published or signed at size 40"):
        await note(
            Registrar(database, appender(note_signer, tmp_path), "tester"),
            RegisterFacts("register.seal-anchor", "permit", "TRUSTED", "n"),
            "",
        )
    await database.close()
    with pytest.raises(LedgerDoubtError, match="published or signed at size 40"):
        async with ledger(url, note_signer, tmp_path):
            pass
