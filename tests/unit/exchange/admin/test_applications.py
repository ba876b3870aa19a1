"""Tests of applications: who takes which step, what is granted, and what clocks and entries say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.acts.refusals import Reason, Refusal
from exchange.admin.application_lists import ApplicationLists
from exchange.admin.desk import Changed
from exchange.auditing.clocks import lateness
from keys.clocks import fold
from keys.leaf.facts import ActFacts
from keys.notes import NoteSigner
from keys.workdays.calendar import Calendar
from registry.applications.application import Approval, NeededField
from registry.matters import Mode
from tests.support.applying import ASKING, LAW, SOURCE, WISH, Applying, applying


@asynccontextmanager
async def opened(url: str, signer: NoteSigner, folder: Path) -> AsyncIterator[Applying]:
    async with applying(url, signer, folder) as found:
        yield found


def reason(found: Changed | Refusal) -> str:
    return found.reason.name if isinstance(found, Refusal) else f"done: {found.result}"


async def facts(found: Applying, count: int) -> list[ActFacts]:
    """Return the facts of the last entries, in their order."""
    last = [entry.leaf.facts for entry in (await found.office.entries())[:count]]
    return [item for item in reversed(last) if isinstance(item, ActFacts)]


async def test_an_application_goes_from_draft_to_grant_by_four_people(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        done = await found.submitted()
        assert (done.item.state, done.item.stored.columns["waits_for"]) == ("submitted", SOURCE)
        approved = await found.step("p-tax", done, "approve")
        assert reason(approved) == "done: APPROVED"
        entries = await facts(found, 5)
        assert [(item.kind, item.reason, item.clock, item.version) for item in entries] == [
            ("application.create", "DRAFTED", "", 1), ("application.propose", "PROPOSED", "", 2),
            ("application.submit", "SUBMITTED", "start", 3), ("application.approve", "APPROVED", "stop", 4),
            ("grant.create", "CREATED", "", 1),
        ]  # fmt: skip
        assert {(item.dataset, item.matter, item.person) for item in entries} == {
            ("tax.paid", "settlement", "certificate")
        }
        assert (entries[2].limit, entries[2].days, entries[2].source, entries[2].told) == (
            "review",
            10,
            SOURCE,
            (SOURCE, ASKING)[::1],
        )
        await found.office.refresh()
        register = found.office.register
        [grant] = register.grants["tax.paid", ASKING]
        assert grant.id == entries[4].object == approved.item.body.grant  # type: ignore[union-attr]
        assert (grant.fields, grant.modes, grant.matters) == (WISH.names, WISH.modes, ("settlement",))
        assert (grant.daily_quota, grant.legal_basis) == (100, LAW)
        assert not register.departed.found


async def test_less_than_applied_for_is_approved(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    part = Approval(("amount",), (Mode.VERIFY,), 10, WISH.valid_from, WISH.valid_from + timedelta(days=365))
    async with opened(url, note_signer, tmp_path) as found:
        done = await found.submitted()
        more = replace(part, fields=("amount", "name"))
        assert reason(await found.step("p-tax", done, "approve", approval=more)) == "INVALID_REQUEST"
        assert reason(await found.step("p-tax", done, "approve", approval=part)) == "done: APPROVED"
        row = await found.office.pool.fetchrow("SELECT * FROM access_grant")
        assert (row["fields"], row["modes"], row["daily_quota"]) == (["amount"], ["verify"], 10)
        assert row["valid_to"] == part.valid_to


@pytest.mark.parametrize(
    ("steps", "who", "change", "refusal"),
    [
        ((), "p-tax", "propose", "DUTY_MISSING"),
        ((), "p-tax2", "propose", "ITEM_UNKNOWN"),
        ((), "p-clerk", "submit", "DUTY_MISSING"),
        ((), "p-chief", "submit", "ILLEGAL_TRANSITION"),
        ((("p-clerk", "propose"),), "p-tax", "approve", "ITEM_UNKNOWN"),
        ((("p-clerk", "propose"),), "p-tax", "submit", "ITEM_UNKNOWN"),
        ((("p-clerk", "propose"), ("p-chief", "submit")), "p-chief", "approve", "FOUR_EYES"),
        ((("p-clerk", "propose"), ("p-chief", "submit")), "p-clerk", "approve", "DUTY_MISSING"),
        ((("p-clerk", "propose"), ("p-chief", "submit")), "p-admin", "uphold", "ITEM_UNKNOWN"),
        ((("p-clerk", "propose"), ("p-chief", "submit")), "p-audit", "approve", "DUTY_MISSING"),
        ((("p-clerk", "propose"), ("p-chief", "submit"), ("p-tax", "refuse")), "p-tax", "approve", "FOUR_EYES"),
        ((("p-clerk", "propose"), ("p-chief", "submit"), ("p-tax", "refuse")), "p-tax2", "approve", "ITEM_UNKNOWN"),
        ((("p-clerk", "propose"), ("p-chief", "submit")), "p-vice", "approve", "POLICY_FORBIDS"),
    ],
)
async def test_each_step_is_that_of_one_side_and_its_duty(
    url: str, note_signer: NoteSigner, tmp_path: Path, steps: Any, who: str, change: str, refusal: str
) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        done = await found.until(*steps)
        assert reason(await found.step(who, done, change)) == refusal
        assert (await found.office.entries())[0].leaf.facts.reason == refusal
        assert await found.office.pool.fetchval("SELECT revision FROM application") == done.item.stored.revision


async def test_who_wrote_or_proposed_does_not_submit(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        own = await found.draft(who="p-chief")
        assert isinstance(own, Changed)
        proposed = await found.step("p-clerk", own, "propose")
        assert isinstance(proposed, Changed)
        assert reason(await found.step("p-chief", proposed, "submit")) == "FOUR_EYES"
        other = await found.until()
        proposed = await found.step("p-chief", other, "propose")
        assert isinstance(proposed, Changed)
        assert reason(await found.step("p-chief", proposed, "submit")) == "FOUR_EYES"


async def test_the_clock_stops_while_the_applicant_is_asked(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        done = await found.submitted()
        assert done.item.due_at is not None
        asked = await found.step("p-tax", done, "ask")
        assert isinstance(asked, Changed)
        assert (asked.item.due_at, asked.item.stored.columns["waits_for"]) == (None, ASKING)
        wish = replace(WISH, fields=WISH.fields[:1])
        supplied = await found.step("p-clerk", asked, "supply", wish=wish)
        assert isinstance(supplied, Changed)
        assert (supplied.item.state, supplied.item.body.wish) == ("submitted", wish)
        assert [note.step for note in supplied.item.body.notes] == ["propose", "submit", "ask", "supply"]
        leaves = [entry.leaf for entry in reversed(await found.office.entries())]
        [clock] = fold(leaves)
        assert clock.due(Calendar()) == supplied.item.due_at


async def test_unconditional_data_with_a_complete_basis_is_granted_on_submission(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        done = await found.submitted(item="tax.open")
        assert (done.result, done.item.state) == ("SUBMITTED", "approved")
        submitted, granted, created = await facts(found, 3)
        assert (submitted.kind, submitted.clock, submitted.days) == ("application.submit", "start", 1)
        assert (granted.kind, granted.operator, granted.person, granted.clock) == (
            "application.grant",
            "node",
            "",
            "stop",
        )
        assert (created.kind, created.operator, created.object) == ("grant.create", "node", done.item.body.grant)
        other = replace(WISH, legal_basis="《统计法》")
        assert (await found.submitted(other, "tax.open")).item.state == "submitted"


async def test_an_overlapping_grant_is_named_and_replaced(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        first = await found.step("p-tax", await found.submitted(), "approve")
        assert isinstance(first, Changed)
        old = first.item.body.grant
        refused = await found.step("p-tax", await found.submitted(), "approve")
        assert isinstance(refused, Refusal)
        assert old in refused.detail
        assert await found.office.pool.fetchval("SELECT count(*) FROM access_grant") == 1
        done = await found.step("p-tax", await found.submitted(replace(WISH, replaces=(old,))), "approve")
        assert isinstance(done, Changed)
        states = dict(await found.office.pool.fetch("SELECT id, state FROM access_grant"))
        assert states == {old: "revoked", done.item.body.grant: "active"}
        assert [item.kind for item in await facts(found, 3)] == ["application.approve", "grant.revoke", "grant.create"]


async def test_a_refusal_is_appealed_and_decided_by_the_authority(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        done = await found.submitted()
        assert reason(await found.step("p-tax", done, "refuse")) == "INVALID_REQUEST"
        refused = await found.step("p-tax", done, "refuse", legal_basis="《保密法》")
        assert isinstance(refused, Changed)
        assert (refused.item.state, refused.item.body.legal_basis) == ("refused", "《保密法》")
        appealed = await found.step("p-clerk", refused, "appeal")
        assert isinstance(appealed, Changed)
        assert (appealed.item.stored.columns["waits_for"], appealed.item.stored.columns["waits_duty"]) == (
            None,
            "administer",
        )
        assert reason(await found.step("p-tax2", appealed, "approve")) == "ITEM_UNKNOWN"
        assert reason(await found.step("p-admin", appealed, "uphold", dry=True)) == "done: UPHELD"
        overruled = await found.step("p-admin", appealed, "approve", name="overrule")
        assert reason(overruled) == "done: APPROVED"
        assert [item.kind for item in await facts(found, 2)] == ["application.overrule", "grant.create"]
        assert all(not item.clock for item in await facts(found, 2))


async def test_a_stale_etag_is_refused_and_of_two_approvals_one_counts(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        done = await found.submitted()
        first = await found.step("p-tax", done, "approve")
        assert reason(first) == "done: APPROVED"
        again = await found.step("p-tax2", done, "approve")
        assert reason(again) == "ITEM_UNKNOWN"
        draft = await found.until()
        assert reason(await found.step("p-clerk", draft, "propose")) == "done: PROPOSED"
        assert reason(await found.step("p-clerk", draft, "withdraw")) == "ITEM_CHANGED"


async def test_what_is_not_shared_is_not_applied_for(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        unknown = replace(WISH, fields=(NeededField("income", "x"),))
        refused = await found.draft(unknown)
        assert isinstance(refused, Refusal)
        assert (refused.reason, refused.detail) == (Reason.INVALID_REQUEST, "fields: no field income in tax.paid")
        assert reason(await found.draft(item="tax.none")) == "INVALID_REQUEST"
        assert reason(await found.draft(who="p-tax2")) == "INVALID_REQUEST"
        assert await found.office.pool.fetchval("SELECT count(*) FROM application") == 0


async def test_a_trial_creates_nothing(url: str, note_signer: NoteSigner, tmp_path: Path) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        done = await found.submitted()
        assert reason(await found.step("p-tax", done, "approve", dry=True)) == "done: APPROVED"
        assert await found.office.pool.fetchval("SELECT count(*) FROM access_grant") == 0
        assert (await found.office.entries())[0].leaf.facts.reason == "DRY_RUN"
        assert reason(await found.step("p-tax", done, "approve")) == "done: APPROVED"


async def test_an_application_into_a_year_of_unknown_holidays_is_not_submitted(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        done = await found.until(("p-clerk", "propose"))
        with monkeypatch.context() as patch:
            patch.setattr("exchange.admin.applications.datetime", _at(datetime(2099, 12, 20, tzinfo=UTC)))
            assert reason(await found.step("p-chief", done, "submit")) == "CALENDAR_UNKNOWN"
        assert reason(await found.step("p-chief", done, "submit")) == "done: SUBMITTED"


async def test_who_is_late_by_the_register_is_late_by_the_public_leaves(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        late, asked, decided = [await found.submitted() for _ in range(3)]
        assert isinstance(await found.step("p-tax", asked, "ask"), Changed)
        assert isinstance(await found.step("p-tax", decided, "refuse", legal_basis="《保密法》"), Changed)
        due = late.item.due_at
        leaves = [entry.leaf for entry in reversed(await found.office.entries())]
        lists = ApplicationLists(found.office.desk)
        for now, days in ((due - timedelta(seconds=1), 0), (due, 1)):
            monkeypatch.setattr("exchange.admin.application_lists.datetime", _at(now))
            for who in ("p-tax", "p-clerk", "p-admin", "p-audit"):
                listed = await lists.late(found.office.call(who), "", 10)
                assert not isinstance(listed, Refusal)
                assert [(item.application.id, item.days) for item in listed] == ([(late.item.id, days)] if days else [])
            [line] = lateness(leaves, Calendar(), now)
            assert (line.agency, line.running, line.late, line.ended, line.worst) == (SOURCE, 2, int(days > 0), 1, days)


def _at(now: datetime) -> type[datetime]:
    class At(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return now.astimezone(tz)

    return At


async def test_an_application_is_read_by_its_sides_and_those_who_oversee(
    url: str, note_signer: NoteSigner, tmp_path: Path
) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        lists = ApplicationLists(found.office.desk)
        draft, submitted = await found.until(), await found.submitted()
        for who, item, read in (
            ("p-clerk", draft, True), ("p-tax", draft, False), ("p-audit", draft, True), ("p-tax", submitted, True),
            ("p-admin", submitted, True), ("p-stranger", submitted, False), ("p-stranger", draft, False),
        ):  # fmt: skip
            got = await lists.get(found.office.call(who), item.item.id)
            assert (got if isinstance(got, Refusal) else got.id) == (
                item.item.id
                if read
                else Refusal(Reason.ITEM_UNKNOWN, "nothing with this id is on record for the caller", "id")
            ), who
            listed = await lists.list(found.office.call(who), "dataset = $1", ["tax.paid"], "", 10)
            assert not isinstance(listed, Refusal)
            assert (item.item.id in [one.id for one in listed]) is read, who


async def test_a_late_application_stays_late_while_the_applicant_is_asked(
    url: str, note_signer: NoteSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(url, note_signer, tmp_path) as found:
        for hours, kept in ((-1, False), (0, True)):
            done = await found.submitted()
            due = done.item.due_at
            with monkeypatch.context() as patch:
                patch.setattr("exchange.admin.applications.datetime", _at(due + timedelta(hours=hours)))
                asked = await found.step("p-tax", done, "ask")
            assert isinstance(asked, Changed)
            assert asked.item.due_at == (due if kept else None)
