"""What a client calls checked is what the envelope says, whatever the message beside it says."""

from typing import Any

import pytest
from yici.registry.v1 import license_pb2 as pb

from exchange.errors import ExchangeError
from exchange.license_client import LicenseClient
from registry.licenses.license import Holder
from registry.licenses.life import LicenseState
from registry.licenses.types import HolderKind
from tests.sealing import AGENCY, Sealing

WORLD = Sealing.make()


class Reading(LicenseClient):
    """Reads messages without a connection."""

    def __init__(self) -> None:
        self.trust = WORLD.bundle

    def judged(self, check: Any) -> Any:
        return check(self.trust)


def message(**changed: object) -> pb.License:
    lies = {
        "identifier": "1.2.156.3005.2.x", "type": "driving_license", "number": "X-9", "issuer": "11320500000014031W",
        "state": pb.LICENSE_STATE_VALID, "revision": 7, "envelope": WORLD.envelope(),
        "holders": [pb.Holder(kind="001", code="91A", name="某公司")], "fields": {"address": "别处", "made_up": "x"},
    }  # fmt: skip
    return pb.License(**(lies | changed))  # type: ignore[arg-type]


def test_what_a_license_says_is_read_from_its_envelope_alone() -> None:
    held = Reading()._held(message())
    assert (held.type, held.number, held.issuer) == ("residence_permit", "JZ-1", AGENCY)
    assert held.holders == (Holder(HolderKind.CITIZEN_ID, "650102199406180284", "阿依努尔·买买提"),)
    assert held.fields == {"address": "平江路 66 号", "sex": "女"}
    assert (held.told.state, held.told.revision) == (LicenseState.VALID, 7)


def test_what_the_envelope_does_not_disclose_is_not_handed_out() -> None:
    held = Reading()._held(message(envelope=WORLD.envelope().partition("~")[0] + "~"))
    assert held.holders == (Holder(HolderKind.CITIZEN_ID, "", ""),)
    assert held.fields == {"sex": "女"}


def test_an_envelope_of_another_license_is_refused() -> None:
    with pytest.raises(ExchangeError, match="another license"):
        Reading()._held(message(identifier="1.2.156.3005.2.y"))
