"""Tests of connecting keys: keys that no gRPC client can use are refused at enrolment."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

from keys.authority import Holder, request
from keys.connecting import connecting_key
from keys.errors import InvalidError, MalformedError
from keys.suites import SUITES


def asked(key: CertificateIssuerPrivateKeyTypes) -> bytes:
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, algorithm)
    return made.public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("suite", ["EdDSA", "SM2-SM3"])
def test_a_key_of_a_suite_that_tls_does_not_take_is_refused(suite: str) -> None:
    with pytest.raises(MalformedError, match="P-256 or P-384, or an RSA key of 3072"):
        connecting_key(request(SUITES[suite].generate(), Holder("asks")))


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP521R1()), ec.generate_private_key(ec.SECP256K1()), rsa.generate_private_key(65537, 2048)],
    ids=["P-521", "secp256k1", "RSA-2048"],
)  # fmt: skip
def test_another_curve_and_a_short_rsa_key_are_refused(key: CertificateIssuerPrivateKeyTypes) -> None:
    with pytest.raises(MalformedError, match="P-256 or P-384, or an RSA key of 3072"):
        connecting_key(asked(key))


def test_a_request_that_another_key_signed_is_refused() -> None:
    mine, other = (x509.load_pem_x509_csr(asked(ec.generate_private_key(ec.SECP256R1()))) for _ in range(2))
    bits = serialization.Encoding.DER
    forged = mine.public_bytes(bits).replace(mine.signature, other.signature)
    if len(mine.signature) != len(other.signature):
        forged = mine.public_bytes(bits)[:-1] + bytes((mine.public_bytes(bits)[-1] ^ 1,))
    pem = x509.load_der_x509_csr(forged).public_bytes(serialization.Encoding.PEM)
    with pytest.raises(InvalidError, match="not signed by the key"):
        connecting_key(pem)
