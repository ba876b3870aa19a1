"""Tests of entries in words: changes of registers, and unreadable entries."""

from datetime import UTC, datetime

import pytest

from exchange.cli import language as spoken
from exchange.cli.entries import show_entries, what
from keys.leaf.facts import ActFacts, BurstFacts, ClockFacts, Commitments, LeafFacts, QueryFacts, RegisterFacts
from keys.leaf.writing import stamp, stamp_of, write_leaf
from registry.ledger.leaf import Opening
from registry.ledger.search import Found
from tests.support.ledgers import facts

GRANT = RegisterFacts(
    "register.grant",
    "permit",
    "CHANGED",
    "tax.paid",
    version=2,
    row_digest="ab" * 32,
    changed=("clear_fields +amount",),
)


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(spoken, "chinese", lambda: request.param == "zh")
    return str(request.param)


@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        (GRANT, "grant tax.paid changed: clear_fields +amount", "授权 tax.paid 变更：clear_fields +amount"),
        (GRANT._replace(changed=("fields +a", "state")), "grant tax.paid changed: fields +a, state", "授权 tax.paid 变更：fields +a、state"),
        (RegisterFacts("register.certificate", "permit", "ADDED", "ab" * 32, system="desk"), "certificate abababababababab… (desk) added", "证书 abababababababab… (desk) 新增"),
        (ActFacts("license.issue", "permit", "ISSUED", dataset="license.residence_permit"), "license.issue residence_permit", "license.issue residence_permit"),
        (ActFacts("seal.use", "permit", "SEALED", object="32050000000001"), "seal.use 32050000000001", "seal.use 32050000000001"),
        (RegisterFacts("register.seal", "deny", "FOUR_EYES", "32050000000001"), "seal 32050000000001", "印章 32050000000001"),
        (BurstFacts("call.burst", "deny", "RATE_EXCEEDED", refusals=9), "9 more refusals", "另有 9 次拒绝"),
        (facts(dataset="tax.paid"), "tax.paid", "tax.paid"),
        (QueryFacts("verify", "deny", "DATASET_UNKNOWN"), "verify", "verify"),
        (ClockFacts("ledger.clock", "permit", "CLOCK_CONFIRMED"), "ledger.clock", "ledger.clock"),
    ],
)  # fmt: skip
def test_an_entry_is_described_in_a_few_words(language: str, said: LeafFacts, english: str, chinese: str) -> None:
    assert what(said) == {"en": english, "zh": chinese}[language]


def test_an_entry_that_cannot_be_read_hides_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    leaf = stamp(write_leaf(GRANT, Commitments()), stamp_of(datetime(2026, 3, 1, tzinfo=UTC)))
    found = [
        Found(3, leaf.replace(b'"v":1', b'"v":2'), None),
        Found(2, b"{", Opening(officer="operator:root")),
        Found(1, leaf.replace(b'"version"', b'"revision"'), None),
        Found(0, leaf, Opening(officer="operator:root")),
    ]
    show_entries(found, opened=True)
    text = capsys.readouterr().out
    for told in ("version 2 is not known here", "leaf: not JSON", "has no field 'revision'", "clear_fields +amount"):
        assert told in text
