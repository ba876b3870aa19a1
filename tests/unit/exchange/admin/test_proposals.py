"""Tests of proposals: one person proposes a change, and another one's approval applies it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from exchange.acts.admin_act import AdminAct
from exchange.acts.refusals import Reason, Refusal
from exchange.admin.desk import Changed
from exchange.admin.kinds import KINDS
from exchange.admin.proposals import Proposals
from keys.notes import NoteSigner
from registry.agencies import Agency, Duty
from registry.items import Stored
from registry.proposals import ProposalChange
from tests.support.desks import Office, office
from tests.support.officials import person
from tests.support.permitting import ISSUER, STRANGER

WHY = "岗位调整"
AGENCIES = [Agency(ISSUER, "数据局", "320500"), Agency(STRANGER, "公安局", "320500")]
PEOPLE = [
    person("p-1", ISSUER, Duty.ADMINISTER), person("p-2", ISSUER, Duty.ADMINISTER), person("p-3", ISSUER, Duty.AUDIT),
    person("p-4", STRANGER), person("p-5", STRANGER, Duty.ADMINISTER),
]  # fmt: skip
CONTENT = {"person": "p-4", "duties": ["approve"]}
SUBMIT, APPROVE = ProposalChange.SUBMIT, ProposalChange.APPROVE


class Register:
    """Proposals at an office."""

    def __init__(self, found: Office) -> None:
        self.office = found
        self.proposals = Proposals(found.desk, KINDS)

    async def create(self, who: str = "p-1", kind: str = "duties_change", *, dry: bool = False, **content: Any) -> Any:
        act = AdminAct("proposal", "create", WHY)
        return await self.proposals.create(self.office.call(who), act, kind, CONTENT | content, dry=dry)

    async def step(self, who: str, change: ProposalChange, stored: Stored, etag: str = "", why: str = WHY) -> Any:
        act = AdminAct("proposal", change.value, why, item=stored.id)
        found = await self.proposals.change(self.office.call(who), act, change, etag or stored.etag)
        return found.item if isinstance(found, Changed) else found.reason

    async def submitted(self) -> Stored:
        found = await self.step("p-1", SUBMIT, (await self.create()).item)
        assert isinstance(found, Stored)
        return found

    async def duties(self) -> list[str]:
        return list(await self.office.pool.fetchval("SELECT duties FROM person WHERE id = 'p-4'"))


@asynccontextmanager
async def opened(url: str, signer: NoteSigner, folder: Path) -> AsyncIterator[Register]:
    async with office(url, signer, folder, AGENCIES, PEOPLE) as found:
        yield Register(found)


async def test_a_proposal_is_applied_by_another_persons_approval(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        created = await register.create()
        assert created.differences == ("duties: request → approve",)
        assert (created.item.state, await register.duties()) == ("draft", ["request"])
        submitted = await register.step("p-1", SUBMIT, created.item)
        assert (submitted.state, submitted.columns["waits_for"]) == ("proposed", ISSUER)
        applied = await register.step("p-2", APPROVE, submitted)
        assert (applied.state, applied.columns["approvers"], applied.columns["waits_for"]) == ("applied", ["p-2"], None)
        assert await register.duties() == ["approve"]
        facts: list[Any] = [entry.leaf.facts for entry in (await register.office.entries())[:2]]
        assert [(item.kind, item.reason, item.object) for item in facts] == [
            ("person.update", "APPLIED", "p-4"), ("proposal.approve", "APPLIED", applied.id),
        ]  # fmt: skip
        assert [item.told for item in facts] == [(STRANGER,), (ISSUER,)]


async def test_nobody_approves_their_own_and_nobody_of_another_agency_or_duty(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        submitted = await register.submitted()
        for who, reason in (("p-1", Reason.FOUR_EYES), ("p-3", Reason.ITEM_UNKNOWN), ("p-5", Reason.ITEM_UNKNOWN)):
            assert await register.step(who, APPROVE, submitted) is reason
        assert await register.step("p-2", SUBMIT, submitted) is Reason.ITEM_UNKNOWN
        assert await register.duties() == ["request"]


async def test_of_two_approvals_at_once_one_applies_it(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        submitted = await register.submitted()
        found = await asyncio.gather(*[register.step("p-2", APPROVE, submitted) for _ in range(2)])
        assert {type(item) for item in found} == {Stored, Reason}
        [refused] = [item for item in found if isinstance(item, Reason)]
        assert refused in (Reason.ITEM_CHANGED, Reason.ITEM_UNKNOWN, Reason.FOUR_EYES)
        assert await register.duties() == ["approve"]


async def test_a_stale_proposal_is_not_applied(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        first, second = await register.submitted(), await register.submitted()
        assert await register.step("p-2", APPROVE, first, etag="1") is Reason.ITEM_CHANGED
        assert await register.step("p-2", APPROVE, first, etag=" ") is Reason.ITEM_CHANGED
        assert isinstance(await register.step("p-2", APPROVE, first), Stored)
        assert await register.step("p-2", APPROVE, second) is Reason.ITEM_CHANGED
        assert await register.step("p-2", ProposalChange.REFUSE, second, why=" ") is Reason.BASIS_MISSING
        assert (await register.step("p-2", ProposalChange.REFUSE, second)).state == "refused"
        assert await register.step("p-2", APPROVE, second) in (Reason.ITEM_CHANGED, Reason.ITEM_UNKNOWN)


async def test_a_returned_proposal_is_a_draft_again_and_a_withdrawn_one_is_over(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        returned = await register.step("p-2", ProposalChange.RETURN, await register.submitted())
        assert (returned.state, returned.columns["waits_for"]) == ("draft", None)
        withdrawn = await register.step("p-1", ProposalChange.WITHDRAW, returned)
        assert withdrawn.state == "withdrawn"
        assert await register.step("p-1", SUBMIT, withdrawn) is Reason.ILLEGAL_TRANSITION


@pytest.mark.parametrize(
    ("who", "content", "reason"),
    [
        ("p-3", {}, Reason.ITEM_UNKNOWN),
        ("p-1", {"person": "p-9"}, Reason.ITEM_UNKNOWN),
        ("p-1", {"duties": []}, Reason.INVALID_REQUEST),
        ("p-1", {"duties": ["request", "request"]}, Reason.INVALID_REQUEST),
        ("p-1", {"duties": ["administer", "audit"]}, Reason.INVALID_REQUEST),
        ("p-1", {"kind": "unknown"}, Reason.INVALID_REQUEST),
    ],
)
async def test_a_proposal_that_breaks_a_rule_is_not_drafted(
    url: str, note_signer: NoteSigner, tmp_path: Path, who: str, content: dict[str, Any], reason: Reason
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        found = await register.create(who, **content)
        assert isinstance(found, Refusal)
        assert found.reason is reason
        assert await register.office.pool.fetchval("SELECT count(*) FROM proposal") == 0


async def test_a_trial_tells_the_differences_and_drafts_nothing(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        assert (await register.create(dry=True)).differences == ("duties: request → approve",)
        assert await register.office.pool.fetchval("SELECT count(*) FROM proposal") == 0


async def test_the_own_agencys_proposals_are_listed_and_shown(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as register:
        made = {(await register.create()).item.id for _ in range(3)}
        for who, seen in (("p-3", made), ("p-5", set())):
            call = register.office.call(who)
            found: Any = await register.proposals.list(call, AdminAct("proposal", "list"), "", (), "", 10)
            assert {item.id for item in found} == seen
            shown = await register.proposals.get(call, AdminAct("proposal", "read", item=min(made)))
            assert isinstance(shown, Stored) is bool(seen)
