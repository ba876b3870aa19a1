"""Tests of identification: each state of a certificate and its system, and who is not a system."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from exchange.acts import authenticator as identification
from exchange.acts.authenticator import Authenticator
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Node, Official, Operator, Requester, requester_of
from keys.authority import Authority, Holder
from keys.certificates import Use, der, fingerprint, now_utc, pem
from keys.suites import SUITES
from registry.agencies import Agency, Duty, State, System
from registry.departures import Change, Departed, Departure
from registry.enrolled import Certified, Enrolled
from registry.people import PersonState
from registry.register import Register
from tests.support.officials import person
from tests.support.permitting import GRANTED

DAY = timedelta(days=1)


def certificate(age: timedelta = timedelta(0)) -> tuple[bytes, str]:
    """Return a certificate for a day, issued some time ago, and its fingerprint."""
    root = Authority.root(SUITES["ES256"].generate(), Holder("root", "x"), 10 * DAY, now_utc() - 5 * DAY)
    spki = SUITES["ES256"].generate().verifier.spki
    made = root.issue(Use.SYSTEM, Holder("desk", "局", GRANTED), spki, DAY, now_utc() - age)
    assert der(made)
    return pem(made), fingerprint(made)


def enrolled(own: bytes) -> Enrolled:
    """Return a certificate (PEM) as it is on record."""
    data = der(x509.load_pem_x509_certificate(own))
    return Enrolled(System("desk", GRANTED, "台"), Agency(GRANTED, "局", "320500"), revoked=False, der=data)


OWN, NAME = certificate()
ENROLLED = enrolled(OWN)
CLOSED = replace(ENROLLED.agency, state=State.CLOSED)
SUSPENDED = replace(ENROLLED.system, state=State.SUSPENDED)
STATES = {
    "in force": (ENROLLED, None, None),
    "unknown": (None, Reason.CERTIFICATE_UNKNOWN, Reason.CERTIFICATE_REVOKED),
    "revoked": (replace(ENROLLED, revoked=True), Reason.CERTIFICATE_REVOKED, Reason.CERTIFICATE_REVOKED),
    "departed": (replace(ENROLLED, departed=True), Reason.LEDGER_DISAGREES, Reason.LEDGER_DISAGREES),
    "moved": (replace(ENROLLED, moved=True), Reason.CERTIFICATE_UNKNOWN, Reason.CERTIFICATE_REVOKED),
    "agency closed": (replace(ENROLLED, agency=CLOSED), Reason.AGENCY_SUSPENDED, Reason.AGENCY_SUSPENDED),
    "suspended": (replace(ENROLLED, system=SUSPENDED), Reason.SYSTEM_SUSPENDED, Reason.SYSTEM_SUSPENDED),
}
"""Certificates on record: why their systems are refused, and the bearers of their codes; None if they are not."""


def reason_of(found: object) -> Reason | None:
    return found.reason if isinstance(found, Refusal) else None


@pytest.mark.parametrize("state", STATES)
def test_a_certificate_and_its_system_are_looked_up_at_each_call(state: str) -> None:
    on_record, system, bearer = STATES[state]
    register = Register(certificates={NAME: on_record} if on_record else {})
    authenticator = Authenticator()
    assert reason_of(authenticator.identify(OWN, register).requester) is system
    found = authenticator.bearer("desk", register).requester
    assert reason_of(found) is bearer
    assert not isinstance(found, Requester) or found.bearer
    for caller in (authenticator.identify(OWN, None), authenticator.bearer("desk", None)):
        assert reason_of(caller.requester) is Reason.REGISTER_IN_DOUBT


def test_a_bearer_is_refused_once_the_makers_certificates_have_expired() -> None:
    old, name = certificate(2 * DAY)
    both = {name: enrolled(old)}
    for certificates, reason in ((both, Reason.CERTIFICATE_REVOKED), (both | {NAME: ENROLLED}, None)):
        found = Authenticator().bearer("desk", Register(certificates=certificates)).requester
        assert reason_of(found) is reason


def test_no_certificate_and_an_expired_one_are_refused() -> None:
    own, name = certificate(2 * DAY)
    register = Register(certificates={name: ENROLLED})
    assert reason_of(Authenticator().identify(own, register).requester) is Reason.CERTIFICATE_UNKNOWN
    assert reason_of(Authenticator().identify(b"", register).requester) is Reason.CERTIFICATE_MISSING


def test_only_so_many_certificates_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identification, "_MAX_KNOWN", 1)
    authenticator, register = Authenticator(), Register()
    for own, name in (certificate(), certificate()):
        assert authenticator.identify(own, register).id == name
    assert len(authenticator._parsed) == 1


@pytest.mark.parametrize("who", [Operator("root", authenticated=True), Operator("root", authenticated=False), Node()])
def test_only_systems_do_what_is_for_systems(who: Operator | Node) -> None:
    with pytest.raises(TypeError, match="only systems"):
        requester_of(who)
    assert who.id.startswith("@")
    assert who.known_by in ("login", "account", "node")


PERSON = Certified(person("p-1", GRANTED), ENROLLED.agency, revoked=False, der=b"")
DEPARTED_AGENCY = Departed.of([Departure("agency", GRANTED, Change.CHANGED, 1)])
PERSONS = {
    "in force": (PERSON, None),
    "revoked": (replace(PERSON, revoked=True), Reason.CERTIFICATE_REVOKED),
    "departed": (replace(PERSON, departed=True), Reason.LEDGER_DISAGREES),
    "moved": (replace(PERSON, moved=True), Reason.CERTIFICATE_UNKNOWN),
    "suspended": (
        replace(PERSON, person=replace(PERSON.person, state=PersonState.SUSPENDED)), Reason.PERSON_SUSPENDED,
    ),
    "agency closed": (replace(PERSON, agency=CLOSED), Reason.AGENCY_SUSPENDED),
}  # fmt: skip
"""Certificates of persons on record, and why their persons are refused; None if they are not."""


@pytest.mark.parametrize("state", PERSONS)
def test_a_person_and_their_certificate_are_looked_up_at_each_call(state: str) -> None:
    certified, refused = PERSONS[state]
    own, name = certificate()
    register = Register(people_by_certificate={name: certified})
    found = Authenticator().identify(own, register)
    assert found.id == "p-1"
    assert reason_of(found.requester) is refused
    assert refused or isinstance(found.requester, Official)


def test_a_person_whose_certificate_has_expired_is_refused() -> None:
    own, name = certificate(2 * DAY)
    found = Authenticator().identify(own, Register(people_by_certificate={name: PERSON}))
    assert reason_of(found.requester) is Reason.CERTIFICATE_UNKNOWN


def test_a_session_is_that_of_a_person_on_record_through_a_system() -> None:
    (own, name), authenticator = certificate(), Authenticator()
    on_record = {"certificates": {name: ENROLLED}, "agencies": {GRANTED: ENROLLED.agency}}
    register = Register(**on_record, people={"p-1": PERSON.person})
    found = authenticator.official("p-1", own, register)
    assert (found.id, type(found.requester)) == ("desk", Official)
    assert found.requester.channel == Requester(ENROLLED.agency, ENROLLED.system)
    invalid = Refusal(Reason.TOKEN_INVALID, "expired")
    assert authenticator.official(invalid, own, register).requester is invalid
    for said, other in (
        (Reason.REGISTER_IN_DOUBT, None),
        (Reason.TOKEN_INVALID, Register(**on_record)),
        (Reason.CERTIFICATE_UNKNOWN, Register(people={"p-1": PERSON.person})),
        (Reason.TOKEN_INVALID, Register(people_by_certificate={name: PERSON}, people={"p-1": PERSON.person})),
        (Reason.LEDGER_DISAGREES, replace(register, departed=DEPARTED_AGENCY)),
        (Reason.AGENCY_SUSPENDED, replace(register, agencies={GRANTED: CLOSED})),
    ):
        assert reason_of(authenticator.official("p-1", own, other).requester) is said


def test_a_deputy_has_the_duties_of_both_while_they_are_named() -> None:
    now = datetime.now(UTC)
    absent = person("p-2", GRANTED, Duty.APPROVE, deputy="p-1", deputy_from=now - DAY, deputy_to=now + DAY)
    past = replace(absent, id="p-3", deputy_to=now)
    own, name = certificate()
    register = Register(people_by_certificate={name: PERSON}, people={item.id: item for item in (absent, past)})
    found = Authenticator().identify(own, register).requester
    assert isinstance(found, Official)
    assert found.duties == {Duty.REQUEST, Duty.APPROVE}
    assert found.officer == "person:p-1 for person:p-2"
