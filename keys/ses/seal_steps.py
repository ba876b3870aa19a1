"""The steps of a check that are about a seal, as in GB/T 38540-2020 (6.2)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from cryptography import x509

from keys.certificates import Use, read_certificate, verifier_of
from keys.chain import ever_revoked, verify_chain
from keys.errors import InvalidError
from keys.evidence import Step, Verdict
from keys.leniency import habits_of
from keys.ses.proof import Steps, moment_of
from keys.ses.structure import SM2_WITH_SM3_OID, SM3_OID, ESeal, Extension
from keys.sm3 import sm3
from keys.suites import SUITES
from keys.timestamps import check_token
from keys.trust import TrustBundle

_DIGESTS: Mapping[str, Callable[[bytes], bytes]] = {
    "sm3": sm3,
    SM3_OID: sm3,
    "sha256": lambda data: sha256(data).digest(),
}
_SM2 = SUITES["SM2-SM3"]


def check_seal_in(steps: Steps, seal: ESeal, bundle: TrustBundle, at: datetime, *, proven: bool) -> None:
    """Take the steps of a seal whose format is right; ``proven`` says that something proves ``at``."""
    if unknown := critical(seal.extensions):
        steps.done += (Step("seal's extensions", Verdict.INVALID, unknown),)
    steps.do("maker's signature", lambda: signed(seal.maker, seal.algorithm, seal.signature, seal.signed))
    steps.do("maker", lambda: _maker(seal, bundle))
    steps.do("maker and signer", lambda: _require_other_maker(seal, bundle))
    steps.do("maker's certificate", lambda: chain_in_force(seal.maker, at, bundle.for_seals, proven=proven))
    steps.do("seal's period", lambda: _period(seal, at))
    if seal.timestamp:
        steps.do("seal's timestamp", lambda: check_token(seal.timestamp, seal.signature, bundle), moment_of)


def critical(extensions: tuple[Extension, ...]) -> str:
    """Return what is wrong with critical extensions; empty if nothing is."""
    unknown = [item.oid for item in extensions if item.critical]
    return f"unknown critical extension {unknown[0]}" if unknown else ""


def signed(certificate: bytes, algorithm: str, signature: bytes, signed: bytes) -> str:
    """Require that the key of a certificate made a signature over these bytes."""
    if algorithm != SM2_WITH_SM3_OID:
        raise InvalidError(f"algorithm {algorithm}: must be {SM2_WITH_SM3_OID}, SM2 with SM3")
    verifier = verifier_of(read_certificate(certificate))
    if verifier.algorithm == _SM2.name:
        raw = _SM2.decode(signature)
        if raw is not None and verifier.verify(raw, signed):
            return "SM2 with SM3"
        if verifier.verify(signature, signed):  # raw r‖s of 64 bytes
            return "SM2 with SM3; the signature is r and s alone (64 bytes), not their DER SEQUENCE"
    raise InvalidError("not made by the key of its certificate over these bytes")


def chain_in_force(certificate: bytes, at: datetime, anchors: TrustBundle, *, proven: bool) -> str:
    """Require that a certificate leads to an anchor, is in force, and is not revoked."""
    chain = [read_certificate(certificate)]
    verify_chain(chain, None, at, anchors)
    if not proven and ever_revoked(chain, anchors):  # at any time, since nothing proves that the signature was earlier
        raise InvalidError("revoked")
    return "; ".join([f"valid and not revoked at {at:%Y-%m-%d %H:%M:%S} UTC", *habits_of(chain[0])])


def _maker(seal: ESeal, bundle: TrustBundle) -> str:
    """Require a known maker; otherwise every certificate under an anchor could make seals in any name."""
    certificate = read_certificate(seal.maker)
    if certificate in bundle.seal_makers:
        return "known here as a maker of seals"
    if certificate in bundle.self_makers and seal.signers == (seal.maker,):
        return "known here as a maker of its own seals"
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usages = x509.ExtendedKeyUsage([Use.SEAL.extended])
    if Use.MAKER.extended not in usages:
        raise InvalidError("its certificate is not known as one of a maker of seals")
    return "its certificate is made for making seals"


def _require_other_maker(seal: ESeal, bundle: TrustBundle) -> str:
    """Require that maker and signer differ, unless the administrator accepts this certificate as both."""
    if not any(names_in(seal, seal.maker)):
        return "the maker is none of its signers"
    if read_certificate(seal.maker) in bundle.self_makers:
        return "the maker is a signer as well, which is accepted here for this certificate"
    raise InvalidError("the maker is a signer as well, which is not accepted here for this certificate")


def names_in(seal: ESeal, certificate: bytes) -> Iterator[bool]:
    """Yield for each signer in the list, a certificate or a digest, whether it is this certificate."""
    yield from (compare_digest(item, certificate) for item in seal.signers)
    for item in seal.digests:
        if digest := _DIGESTS.get(item.algorithm.lower()):
            yield compare_digest(digest(certificate), item.value)


def _period(seal: ESeal, at: datetime) -> str:
    period = f"{seal.valid_from:%Y-%m-%d %H:%M:%S} UTC to {seal.valid_to:%Y-%m-%d %H:%M:%S} UTC"
    if not seal.valid_from <= at <= seal.valid_to:
        when = "not begun" if at < seal.valid_from else "over"
        raise InvalidError(f"{when}: {period}")
    return period
