"""Tests of concurrent changes of licenses: officers wait for each other, and others do not."""

import asyncio
from dataclasses import replace
from pathlib import Path

import asyncpg

from exchange.acts.register_act import RegisterAct
from exchange.acts.requester import Requester
from exchange.licensing.drafts import Issuing
from exchange.licensing.envelope import Envelopes
from exchange.licensing.store import LicenseStore
from exchange.pki.agency_seals import AgencySeal
from keys.notes import NoteSigner
from registry.agencies import Agency, System
from registry.basis import Basis
from registry.ledger.verify import verify_ledger
from registry.licenses.license import License
from registry.licenses.states import Change
from tests.support.ledgers import PSEUDONYMS, appender, entry, ledger
from tests.support.sealing import AGENCY, DRAFT, KIND, URI, Sealing

_PAIRS = 12


async def test_superseding_and_suspending_at_once_never_deadlock(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    made = Sealing.make()
    requester = Requester(Agency(AGENCY, "局", "320500"), System("desk", AGENCY, "台"))
    act = RegisterAct("change", Basis("m", "c", "法", "o"), KIND.id, reason="试验")
    seal = AgencySeal(made.signer, made.chain, 9e12)
    issuing = Issuing(requester, KIND, Envelopes(seal, AGENCY, URI), act)

    pool = await asyncpg.create_pool(url, min_size=4, max_size=8)
    await pool.execute("INSERT INTO agency (uscc, name, region) VALUES ($1, '局', '320500')", AGENCY)
    store = LicenseStore(pool, appender(note_signer, tmp_path), PSEUDONYMS)
    drafts = [replace(DRAFT, request=f"r{number}", number=f"n{number}") for number in range(2 * _PAIRS)]
    held = [item for item in await store.issue(issuing, drafts) if isinstance(item, License)]
    async with ledger(url, note_signer, tmp_path) as log:
        for at in range(0, 2 * _PAIRS, 2):
            again = replace(DRAFT, request=f"again{at}", number=held[at].number)
            await asyncio.gather(
                store.supersede(issuing, held[at].identifier, held[at].revision, again),
                store.change(requester, act, held[at + 1], Change.SUSPEND),
                *[log.record(entry(number)) for number in range(5)],
            )
    await pool.close()
    verified = await verify_ledger(url, [note_signer.key])
    assert (verified.clean, verified.size) == (True, 2 * _PAIRS + _PAIRS * (2 + 1 + 5))
