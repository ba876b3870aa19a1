"""Tests of promise 4: evidence is valid offline, and every alteration fails a named step."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keys import evidence
from keys.authority import Holder
from keys.certificates import Use, der
from keys.errors import UnsupportedError
from keys.evidence import Evidence, Verdict, check_evidence
from keys.jws import Issuer
from keys.leaf.facts import Commitments, QueryFacts
from keys.leaf.writing import stamp, stamp_of, write_leaf
from keys.merkle import Growth, leaf_hash
from keys.notes import Checkpoint, NoteSigner, sign_note
from keys.receipt import Receipt
from keys.sdjwt import Concealer, SdJwt, join
from keys.suites import SUITES
from keys.trust import TrustBundle
from tests.unit.keys.test_certificates import P256, YEAR, Chain

SOURCE, REQUESTING = "113205000000140157", "113205000000140825"
REFUSED = {
    "decision": "deny", "reason": "NO_GRANT", "basis": "", "catalogue": 0, "policies": (), "policy": "", "answer": "",
}  # fmt: skip


class Made:
    """An answer, its receipt and the trust bundle, each of which tests alter."""

    def __init__(
        self,
        at: datetime | None = None,
        leaf: dict[str, Any] | None = None,
        answer: dict[str, Any] | None = None,
        media_type: str = evidence.MEDIA_TYPE,
        use: Use = Use.SEAL,
    ) -> None:
        self.chain = Chain()
        self.at = at or datetime.now(UTC)
        signer = P256.generate()
        self.certificate = self.chain.issuing.issue(
            use, Holder("章", "局", SOURCE), signer.verifier.spki, YEAR, self.chain.now
        )
        issuer = Issuer(signer, [der(self.certificate), der(self.chain.issuing.certificate)], media_type)
        concealer = Concealer(1)
        payload = {
            "iss": SOURCE, "iat": int(time.time()), "kind": "verify", "dataset": "d", "request": "ab" * 32,
            "requester": {"agency": REQUESTING, "system": "s"}, "basis": {"matter": "m", "legal_basis": "l"},
            "subject": {"_sd": [concealer.conceal("identifier", "1")]}, "_sd_alg": "sha-256",
        } | (answer or {})  # fmt: skip
        self.answer = join(issuer.issue(payload), concealer.disclosures)
        facts = QueryFacts(
            "verify", "permit", "GRANTED", REQUESTING, "s", SOURCE, "d", ("name",), "m", 1, "l", 1, ("grant:g",),
            "ab" * 32, SdJwt.parse(self.answer).jwt_digest,
        )._replace(**(leaf or {}))  # fmt: skip
        self.ledger = NoteSigner("test/ledger", SUITES["EdDSA"].generate())
        data = stamp(write_leaf(facts, Commitments()), stamp_of(self.at))
        growth = Growth(0, [], [leaf_hash(b"before"), leaf_hash(data), leaf_hash(b"after")])
        checkpoint = sign_note(Checkpoint("test/ledger", 3, growth.root).text, [self.ledger])
        self.receipt = Receipt(data, 1, growth.proof(1), checkpoint).text

    def bundle(self, revoked: dict[int, datetime] | None = None) -> TrustBundle:
        found = self.chain.bundle(revoked)
        return TrustBundle(found.roots, found.revocation_lists, (self.ledger.key,))

    def check(self, **changed: Any) -> Evidence:
        values = {"answer": self.answer, "receipt": self.receipt, "bundle": self.bundle()} | changed
        return check_evidence(**values)


def test_good_evidence_holds_at_every_step() -> None:
    found = Made().check(request_digest="ab" * 32)
    assert found.verdict is Verdict.VALID, found.failure
    assert [step.name for step in found.steps] == [
        "format",
        "log",
        "on-record",
        "seal",
        "certificate",
        "agreement",
        "request",
    ]
    assert found.answer["dataset"] == "d"


def test_a_passed_on_answer_with_fewer_disclosures_still_holds() -> None:
    made = Made()
    assert made.check(answer=SdJwt.parse(made.answer).disclose(lambda *_: False).text).verdict is Verdict.VALID


def _failing(found: Evidence) -> str:
    assert found.verdict is Verdict.INVALID
    assert not found.answer
    return found.steps[-1].name


def test_an_answer_without_a_receipt_is_not_evidence() -> None:
    found = Made().check(receipt="")
    assert _failing(found) == "format"
    assert "off the record" in found.failure


def test_a_receipt_for_another_answer_is_detected() -> None:
    made, other = Made(), Made()
    assert (
        _failing(
            made.check(
                receipt=other.receipt,
                bundle=TrustBundle(made.bundle().roots, made.bundle().revocation_lists, (other.ledger.key,)),
            )
        )
        == "on-record"
    )


def test_a_receipt_of_an_untrusted_log_is_detected() -> None:
    assert _failing(Made().check(receipt=Made().receipt)) == "log"


def test_a_changed_leaf_is_not_in_the_log() -> None:
    made = Made()
    receipt = Receipt.parse(made.receipt)
    bent = Receipt(
        receipt.leaf.replace(b'"matter":"m"', b'"matter":"n"'), receipt.index, receipt.proof, receipt.checkpoint
    )
    assert _failing(made.check(receipt=bent.text)) == "log"


def test_a_refusal_is_not_an_answer() -> None:
    assert _failing(Made(leaf=REFUSED).check()) == "on-record"


def test_only_a_seal_revoked_before_the_entry_is_refused() -> None:
    made = Made()
    serial = made.certificate.serial_number
    assert _failing(made.check(bundle=made.bundle({serial: made.at - timedelta(minutes=1)}))) == "certificate"
    assert made.check(bundle=made.bundle({serial: made.at + timedelta(minutes=1)})).verdict is Verdict.VALID


def test_an_expired_seal_is_detected() -> None:
    made = Made(at=datetime.now(UTC) + 2 * YEAR, answer={"iat": int(time.time() + 2 * YEAR.total_seconds())})
    assert _failing(made.check()) == "certificate"


@pytest.mark.parametrize(
    "leaf",
    [{"dataset": "e"}, {"matter": "n"}, {"basis": "k"}, {"source": REQUESTING}, {"system": "t"}, {"kind": "query"}],
)
def test_an_answer_that_differs_from_its_entry_is_detected(leaf: dict[str, Any]) -> None:
    assert _failing(Made(leaf=leaf).check()) == "agreement"


def test_an_answer_sealed_long_before_its_entry_is_detected() -> None:
    assert _failing(Made(answer={"iat": int(time.time()) - 3600}).check()) == "agreement"


def test_another_agencys_seal_is_detected() -> None:
    assert _failing(Made(answer={"iss": REQUESTING}, leaf={"source": REQUESTING}).check()) == "agreement"


def test_an_answer_to_another_request_is_detected() -> None:
    assert _failing(Made().check(request_digest="cd" * 32)) == "request"


def test_without_a_revocation_list_nothing_can_be_said() -> None:
    made = Made()
    found = made.check(bundle=TrustBundle(made.bundle().roots, (), (made.ledger.key,)))
    assert found.verdict is Verdict.UNDECIDED
    assert not found.answer


@pytest.mark.parametrize("tail", ["THE SUBJECT IS DECEASED", "WyJzYWx0", "e30.e30.AA"])
def test_a_shortened_or_extended_answer_is_detected(tail: str) -> None:
    made = Made()
    assert _failing(made.check(answer=made.answer + tail)) == "format"
    assert _failing(made.check(answer=made.answer[:-3])) == "format"


def test_a_seal_s_other_tokens_are_no_answers() -> None:
    made = Made(media_type="statuslist+jwt")
    assert _failing(made.check()) == "format"


@pytest.mark.parametrize("answer", [{"iat": 10**15}, {"iat": 10**19}, {"request": "é"}])
def test_a_hostile_seal_has_a_verdict_and_raises_nothing(answer: dict[str, Any]) -> None:
    assert Made(answer=answer).check(request_digest="ab" * 32).verdict is Verdict.INVALID


def test_an_algorithm_that_this_machine_lacks_leaves_it_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Made()
    bundle = made.bundle()

    def lacking(_: object) -> None:
        raise UnsupportedError("libcrypto has no SM2")

    monkeypatch.setattr(evidence, "verifier_of", lacking)
    assert made.check(bundle=bundle).verdict is Verdict.UNDECIDED
