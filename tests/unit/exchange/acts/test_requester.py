"""Tests of identification: each state of a certificate and its system, and who is not a system."""

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.acts import requester as identification
from exchange.acts.refusals import Reason, Refusal
from exchange.acts.requester import Authenticator, Node, Operator, Requester, requester_of
from keys.authority import Authority, Holder
from keys.certificates import Use, der, fingerprint, now_utc, pem
from keys.suites import SUITES
from registry.agencies import Agency, State, System
from registry.enrolled import Enrolled
from registry.register import Register
from tests.support.permitting import GRANTED

DAY = timedelta(days=1)
ENROLLED = Enrolled(System("desk", GRANTED, "台"), Agency(GRANTED, "局", "320500"), revoked=False, der=b"")
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


def certificate(age: timedelta = timedelta(0)) -> tuple[bytes, str]:
    """Return a certificate for a day, issued some time ago, and its fingerprint."""
    root = Authority.root(SUITES["ES256"].generate(), Holder("root", "x"), 10 * DAY, now_utc() - 5 * DAY)
    spki = SUITES["ES256"].generate().verifier.spki
    made = root.issue(Use.SYSTEM, Holder("desk", "局", GRANTED), spki, DAY, now_utc() - age)
    assert der(made)
    return pem(made), fingerprint(made)


def reason_of(found: object) -> Reason | None:
    return found.reason if isinstance(found, Refusal) else None


@pytest.mark.parametrize("state", STATES)
def test_a_certificate_and_its_system_are_looked_up_at_each_call(state: str) -> None:
    enrolled, system, bearer = STATES[state]
    own, name = certificate()
    register = Register(certificates={name: enrolled} if enrolled else {})
    authenticator = Authenticator()
    assert reason_of(authenticator.identify(own, register).requester) is system
    found = authenticator.bearer("desk", register).requester
    assert reason_of(found) is bearer
    assert not isinstance(found, Requester) or found.bearer
    for caller in (authenticator.identify(own, None), authenticator.bearer("desk", None)):
        assert reason_of(caller.requester) is Reason.REGISTER_IN_DOUBT


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
