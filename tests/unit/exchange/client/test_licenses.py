"""Tests of the license client: checked fields come from the envelope, not from the message."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from yici.exchange.v1 import exchange_pb2 as ask
from yici.registry.v1 import license_pb2 as pb

from exchange.client import ExchangeError, LicenseClient, Proof, Subject
from keys.evidence import Evidence
from keys.leaf.facts import ActFacts, Commitments
from keys.leaf.writing import stamp, stamp_of, write_leaf
from keys.merkle import Growth, leaf_hash
from keys.notes import Checkpoint, NoteSigner, sign_note
from keys.receipt import Receipt
from keys.sdjwt import SdJwt
from keys.suites import SUITES
from registry.basis import Basis
from registry.identifiers import SubjectKind
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.states import LicenseState
from tests.support.sealing import AGENCY, DRAFT, KIND, Sealing

WORLD = Sealing.make()
LEDGER = NoteSigner("test/ledger", SUITES["EdDSA"].generate())
BASIS = Basis("matter", "case", "law", "officer")
OTHER = "1.2.156.3005.2.y"


class Reading(LicenseClient):
    """A client without a connection that reads messages."""

    def __init__(self) -> None:
        self.trust = replace(WORLD.bundle, ledger_keys=(LEDGER.key,))

    def judged(self, check: Any) -> Any:
        return check(self.trust)

    async def call(self, *_: Any) -> tuple[Any, str]:
        """Return the given message for any call."""
        return self.answer, ""

    def check(self, *_: Any) -> Proof:
        """Return a sealed answer that names this license."""
        return Proof("", "", Evidence((), {"records": [{"identifier": "1.2.156.3005.2.x"}]}))


def message(**changed: object) -> pb.License:
    lies = {
        "identifier": "1.2.156.3005.2.x", "type": "driving_license", "number": "X-9", "issuer": "11320500000014031W",
        "state": pb.LICENSE_STATE_VALID, "revision": 7, "envelope": WORLD.envelope(),
        "holders": [pb.Holder(kind="001", code="91A", name="某公司")], "fields": {"address": "别处", "made_up": "x"},
    }  # fmt: skip
    said = lies | changed
    return pb.License(**({"receipt": receipt(said["envelope"])} | said))  # type: ignore[arg-type]


def receipt(envelope: Any) -> str:
    """Return the ledger's receipt of a license."""
    jwt = SdJwt.parse(envelope)
    facts = ActFacts("license.issue", "permit", "ISSUED", source=AGENCY, answer=jwt.jwt_digest)
    data = stamp(write_leaf(facts, Commitments()), stamp_of(datetime.fromtimestamp(jwt.unverified["iat"], UTC)))
    growth = Growth(0, [], [leaf_hash(data)])
    checkpoint = sign_note(Checkpoint("test/ledger", 1, growth.root).text, [LEDGER])
    return Receipt(data, 0, growth.proof(0), checkpoint).text


def test_the_fields_of_a_license_are_read_from_its_envelope_only() -> None:
    held = Reading()._view(message())
    assert (held.type, held.number, held.issuer) == ("residence_permit", "JZ-1", AGENCY)
    assert held.holders == (Holder(HolderKind.CITIZEN_ID, "650102199406180284", "阿依努尔·买买提"),)
    assert held.fields == {"address": "平江路 66 号", "sex": "女"}
    assert (held.record.state, held.record.revision) == (LicenseState.VALID, 7)


def test_undisclosed_parts_of_an_envelope_are_not_returned() -> None:
    held = Reading()._view(message(envelope=WORLD.envelope().partition("~")[0] + "~"))
    assert held.holders == (Holder(HolderKind.CITIZEN_ID, "", ""),)
    assert held.fields == {"sex": "女"}


def test_an_envelope_of_another_license_is_refused() -> None:
    with pytest.raises(ExchangeError, match="another license"):
        Reading()._view(message(identifier="1.2.156.3005.2.y"))


def test_a_license_without_a_receipt_is_refused() -> None:
    with pytest.raises(ExchangeError, match="no receipt"):
        Reading()._view(message(receipt=""))


def test_a_receipt_of_another_license_is_refused() -> None:
    with pytest.raises(ExchangeError, match="another license"):
        Reading()._view(message(receipt=receipt(WORLD.envelope(index=8))))


def test_a_license_in_an_unknown_state_is_refused() -> None:
    with pytest.raises(ExchangeError, match="state: number 99"):
        Reading()._view(message(state=99))


ISSUED = pb.IssueLicenseResponse(license=message())
CHANGED = (
    replace(DRAFT, number="JZ-2"),
    replace(DRAFT, holders=(replace(DRAFT.holders[0], code="11010519491231002X"),)),
    replace(DRAFT, holders=(replace(DRAFT.holders[0], kind=HolderKind.PASSPORT, code="G12345678"),)),
)


def answering(answer: Any) -> Reading:
    client = Reading()
    client.answer = answer
    return client


async def test_a_license_issued_on_a_draft_is_handed_out() -> None:
    small = replace(DRAFT, holders=(replace(DRAFT.holders[0], code=" 650102199406180284"),))
    for draft in (DRAFT, small):
        assert (await answering(ISSUED).issue(BASIS, KIND.id, draft)).number == "JZ-1"


@pytest.mark.parametrize("draft", CHANGED)
async def test_a_license_issued_on_another_draft_is_refused(draft: Any) -> None:
    with pytest.raises(ExchangeError, match="another license came back"):
        await answering(ISSUED).issue(BASIS, KIND.id, draft)


async def test_another_license_than_the_one_asked_for_is_refused() -> None:
    with pytest.raises(ExchangeError, match="another license came back"):
        await answering(pb.GetLicenseResponse(license=message(identifier="1.2.156.3005.2.x"))).get(BASIS, OTHER)
    state = pb.CheckLicenseResponse(identifier="1.2.156.3005.2.x", digest="ab" * 32, state=pb.LICENSE_STATE_VALID)
    for asked in ({"identifier": OTHER}, {"digest": "cd" * 32}):
        with pytest.raises(ExchangeError, match="another license's"):
            await answering(state).state(BASIS, **asked)
    assert (await answering(state).state(BASIS, digest="ab" * 32)).state is LicenseState.VALID


@pytest.mark.parametrize("count", [0, 2])
async def test_licenses_that_the_sealed_answer_does_not_name_are_refused(count: int) -> None:
    found = pb.FindLicensesResponse(answered=ask.Answered(), licenses=[message()] * count)
    about = Subject(SubjectKind.CITIZEN_ID, "650102199406180284")
    with pytest.raises(ExchangeError, match="not those that the answer names"):
        await answering(found).find(BASIS, KIND.id, about, ["sex"])


async def test_an_unknown_answer_about_facts_is_refused() -> None:
    for odd in (pb.VerifyFactsResponse(), pb.VerifyFactsResponse(answer=99)):
        with pytest.raises(ExchangeError, match="answer: number"):
            await answering(odd).verify_facts(BASIS, KIND.id, "x", {"sex": "女"})
