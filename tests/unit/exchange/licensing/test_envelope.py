"""Tests of envelopes: only permitted parts of a license are disclosed."""

from dataclasses import replace

import pytest

from exchange.licensing.envelope import Envelopes, Place, disclosing
from exchange.pki.agency_seals import AgencySeal
from keys.certificates import now_utc
from keys.sdjwt import SdJwt
from registry.catalogue import Sensitivity
from registry.licenses.fields import LicenseField
from tests.support.sealing import AGENCY, DRAFT, KIND, URI, Sealing

SHOP = replace(
    KIND,
    fields=(
        LicenseField("code", "许可代码", "Permit code", "KZ_DM", sensitivity=Sensitivity.PERSONAL),
        LicenseField("name", "店名", "Shop", "KZ_MC", sensitivity=Sensitivity.PERSONAL),
    ),
)


@pytest.mark.parametrize(
    ("fields", "license_", "holder"),
    [
        (set(), {}, {}),
        ({"code"}, {"code": "A-1"}, {}),
        ({"name", "identifier"}, {"name": "面馆"}, {}),
        ({"holder_name"}, {}, {"name": "阿依努尔·买买提"}),
        ({"name", "holder_name"}, {"name": "面馆"}, {"name": "阿依努尔·买买提"}),
    ],
)
def test_a_field_named_like_a_holders_claim_discloses_nothing_of_holders(
    fields: set[str], license_: dict[str, str], holder: dict[str, str]
) -> None:
    made = Sealing.make()
    seal = AgencySeal(made.signer, made.chain, 9e12)
    draft = replace(DRAFT, fields={"code": "A-1", "name": "面馆"})
    envelope, _ = Envelopes(seal, AGENCY, URI).seal(draft, SHOP, Place("x", now_utc(), 1, 1))
    shown = SdJwt.parse(disclosing(envelope, fields)).verify(made.signer.verifier)
    assert (shown["license"], shown["holders"]) == (license_, [{"kind": "111"} | holder])
