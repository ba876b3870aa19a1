import base64
import json
from typing import Any

import pytest
from cryptography import x509
from joserfc import jws
from joserfc.jwk import ECKey

from keys.certificates import der, verifier_of
from keys.errors import InvalidError, MalformedError
from keys.jws import Issuer
from keys.sdjwt import Concealer, SdJwt, join
from keys.suites import SUITES, Signer
from tests.unit.keys.test_certificates import P256, Chain


class Made:
    """Issue an SD-JWT about a subject and two records."""

    def __init__(self) -> None:
        chain = Chain()
        self.signer: Signer = P256.generate()
        self.issuer = Issuer(self.signer, [der(chain.seal)], "test+sd-jwt")
        concealer = Concealer(4)
        payload = {
            "iss": "x",
            "subject": {"kind": "citizen_id", "_sd": [concealer.conceal("identifier", "110105…")]},
            "records": [
                {"_sd": [concealer.conceal("name", "张三"), concealer.conceal("status", "normal")]},
                concealer.conceal_element({"unit": 1}),
            ],
            "_sd_alg": "sha-256",
        }
        self.text = join(self.issuer.issue(payload), concealer.disclosures)


def test_everything_disclosed_reads_as_it_was_said() -> None:
    made = Made()
    opened = SdJwt.parse(made.text).verify(made.signer.verifier)
    assert opened["subject"] == {"kind": "citizen_id", "identifier": "110105…"}
    assert opened["records"] == [{"name": "张三", "status": "normal"}, {"unit": 1}]


def test_one_field_handed_on_still_verifies_and_tells_no_more() -> None:
    made = Made()
    handed_on = SdJwt.parse(made.text).disclose(lambda name, _: name == "status")
    assert "张三" not in base64.b64decode(handed_on.disclosures[0] + "==").decode()
    opened = SdJwt.parse(handed_on.text).verify(made.signer.verifier)
    assert opened["records"] == [{"status": "normal"}]
    assert handed_on.jwt_digest == SdJwt.parse(made.text).jwt_digest


def test_a_jose_library_verifies_the_same_bytes() -> None:
    made = Made()
    token = made.text.split("~")[0]
    key = ECKey.import_key(made.signer.verifier.spki)
    registry = jws.JWSRegistry(algorithms=["ES256"])
    registry.max_header_length = 16 * 1024  # x5c holds whole certificates; its default leaves no room for any
    found = jws.deserialize_compact(token, key, registry=registry)
    assert json.loads(found.payload)["iss"] == "x"
    assert x509.load_der_x509_certificate(base64.b64decode(found.headers()["x5c"][0]))


def _forged(text: str, change: dict[str, Any]) -> str:
    header, rest = text.split(".", 1)
    data = json.loads(base64.urlsafe_b64decode(header + "==")) | change
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=") + "." + rest


@pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA"])
def test_a_swapped_algorithm_is_refused(algorithm: str) -> None:
    made = Made()
    with pytest.raises(InvalidError, match="alg must be ES256"):
        SdJwt.parse(_forged(made.text, {"alg": algorithm})).verify(made.signer.verifier)


def test_a_disclosure_of_another_token_or_given_twice_is_refused() -> None:
    made, other = Made(), Made()
    foreign = SdJwt.parse(other.text).disclosures[0]
    with pytest.raises(InvalidError, match="another token"):
        SdJwt.parse(made.text + foreign + "~").verify(made.signer.verifier)
    twice = SdJwt.parse(made.text).disclosures[0]
    with pytest.raises(InvalidError, match="is there twice"):
        SdJwt.parse(made.text + twice + "~").verify(made.signer.verifier)


def test_another_key_does_not_verify() -> None:
    with pytest.raises(InvalidError, match="signature is wrong"):
        SdJwt.parse(Made().text).verify(P256.generate().verifier)


@pytest.mark.parametrize("text", ["", "a.b.c", "~", "a.b.c~", "e30.e30.AA~", "e30.e30~x~"])
def test_an_invalid_sd_jwt_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        SdJwt.parse(text)


def test_the_chain_leads_to_the_key_that_signs() -> None:
    chain = Chain()
    signer = P256.generate()
    issuer = Issuer(signer, [der(chain.seal)], "test+sd-jwt")
    parsed = SdJwt.parse(join(issuer.issue({}), []))
    with pytest.raises(InvalidError, match="signature is wrong"):
        parsed.verify(verifier_of(x509.load_der_x509_certificate(parsed.chain[0])))
    assert SUITES["ES256"].name == parsed.header["alg"]


def test_an_object_with_more_than_a_digest_in_a_list_is_no_digest() -> None:
    concealer, signer = Concealer(1), P256.generate()
    digest = concealer.conceal_element("x")["..."]
    payload = {"list": [{"...": digest, "k": 1}, {"...": digest}], "_sd_alg": "sha-256"}
    text = join(Issuer(signer, [der(Chain().seal)], "test+sd-jwt").issue(payload), concealer.disclosures)
    assert SdJwt.parse(text).verify(signer.verifier) == {"list": [{"...": digest, "k": 1}, "x"]}


def test_a_payload_may_be_wide_though_it_may_not_be_deep() -> None:
    signer = P256.generate()
    payload = {"records": [{"units": [at]} for at in range(500)], "_sd_alg": "sha-256"}
    text = join(Issuer(signer, [der(Chain().seal)], "test+sd-jwt").issue(payload), [])
    assert SdJwt.parse(text).verify(signer.verifier) == {"records": payload["records"]}
