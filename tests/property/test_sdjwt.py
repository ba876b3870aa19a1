"""Property tests of SD-JWT: exactly the disclosed part of the concealed values is returned."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys.certificates import der
from keys.errors import KeysError
from keys.jws import Issuer
from keys.sdjwt import Concealer, SdJwt, join
from tests.unit.keys.test_certificates import P256, Chain

_CHAIN = Chain()
_SIGNER = P256.generate()
_ISSUER = Issuer(_SIGNER, [der(_CHAIN.seal)], "test+sd-jwt")
_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="~"), min_size=1, max_size=12).filter(
    lambda name: name not in ("_sd", "...", "_sd_alg", "open", "list", "deep")
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=3), max_leaves=5,
)  # fmt: skip
_MEMBERS = st.dictionaries(_NAMES, _VALUES, max_size=6)
_ELEMENTS = st.lists(_VALUES, max_size=4)


def _made(members: dict[str, Any], elements: list[Any], deep: dict[str, Any]) -> str:
    concealer = Concealer(len(members) + len(elements) + len(deep))
    payload: dict[str, Any] = {
        "_sd": sorted(concealer.conceal(name, value) for name, value in members.items()),
        "list": [concealer.conceal_element(value) for value in elements],
        "deep": {"_sd": sorted(concealer.conceal(name, value) for name, value in deep.items())},
        "open": 1,
        "_sd_alg": "sha-256",
    }
    return join(_ISSUER.issue(payload), concealer.disclosures)


@given(_MEMBERS, _ELEMENTS, _MEMBERS)
def test_concealed_values_are_disclosed_in_their_places(
    members: dict[str, Any], elements: list[Any], deep: dict[str, Any]
) -> None:
    found = SdJwt.parse(_made(members, elements, deep))
    assert found.text == SdJwt.parse(found.text).text
    assert found.verify(_SIGNER.verifier) == members | {"list": elements, "deep": deep, "open": 1}


@given(_MEMBERS, _ELEMENTS, st.sets(st.integers(0, 12)))
def test_undisclosed_values_are_absent(members: dict[str, Any], elements: list[Any], kept: set[int]) -> None:
    text = _made(members, elements, {})
    jwt, *disclosures, _ = text.split("~")
    shown = [item for at, item in enumerate(disclosures) if at in kept]
    found = SdJwt.parse(join(jwt, shown)).verify(_SIGNER.verifier)
    names = list(members)
    assert {name for name in found if name not in ("list", "deep", "open")} == {
        names[at] for at in range(len(names)) if at in kept
    }
    assert found["list"] == [value for at, value in enumerate(elements, len(names)) if at in kept]


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(_MEMBERS.filter(bool), st.data())
def test_no_other_text_says_the_same_or_anything_else(members: dict[str, Any], data: st.DataObject) -> None:
    text = _made(members, [], {})
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("Aa0-_.~Z"))
    bent = text[:at] + letter + text[at + 1 :]
    if bent == text:
        return
    with suppress(KeysError):  # without its last ~ it says less: its last disclosure is a key binding that is none
        assert SdJwt.parse(bent).verify(_SIGNER.verifier) != SdJwt.parse(text).verify(_SIGNER.verifier)


@given(_MEMBERS.filter(bool))
def test_a_disclosure_of_another_token_is_refused(members: dict[str, Any]) -> None:
    one, other = _made(members, [], {}), _made(members, [], {})
    with pytest.raises(KeysError):
        SdJwt.parse(one + other.split("~")[1] + "~").verify(_SIGNER.verifier)
