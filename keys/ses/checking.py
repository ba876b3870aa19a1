"""Checks of e-seals and e-signatures, step by step as in GB/T 38540-2020 (6.2 and 7.2).

Steps for a seal:

1. format               the structure is right, and every critical extension is known
2. maker's signature    over the seal's original bytes
3. maker                known as a maker of seals
4. maker and signer     differ, or their one certificate is accepted as both
5. maker's certificate  leads to a trusted anchor, is in force and not revoked
6. seal's period        has begun and has not ended

Steps for a signature, before those for its seal:

1. format               as above; seal and signature have the same version
2. signature            by its certificate, over its original bytes
3. signer's certificate leads to a trusted anchor, is in force and not revoked
4. signer               the seal names this certificate
5. signing time         within the certificate's and the seal's periods, and not after the proven time
6. document             its SM3 digest is the signed one
7. scope                the signed scope is the presented one (only if the caller gives it)
8. timestamp            the token is for this signature (only if there is one)
9. record               the ledger has it (only if a receipt is given)

Every step is run, whatever the results of others: a right signature by an expired certificate is reported as both, and
is not valid. Certificates and periods are checked at the time at which a receipt or timestamp proves that the signature
existed; without such a proof, at the present, since the signer can state any time. Accepted deviations from the
standard are reported in their step.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from keys.certificates import organization_identifier, read_certificate
from keys.errors import InvalidError, MalformedError, UndecidedError
from keys.evidence import Judged, Step, Verdict
from keys.ses.proof import Presented, Proof, Steps
from keys.ses.reading import read_seal, read_signature
from keys.ses.seal_steps import chain_in_force, check_seal_in, critical, names_in, signed
from keys.ses.structure import ESeal, ESignature
from keys.sm3 import sm3
from keys.trust import TrustBundle

_CLOCKS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class CheckedSeal(Judged):
    """The steps, and the contents of the seal or signature if they could be read."""

    seal: ESeal | None = None
    signature: ESignature | None = None
    proven_at: datetime | None = None

    def step(self, name: str) -> Step:
        """Return a step by its name."""
        return next(step for step in self.steps if step.name == name)

    @property
    def signed_by(self) -> str:
        """The USCC in the signer's certificate, or an empty string."""
        try:
            return organization_identifier(read_certificate(self.signature.signer)) if self.signature else ""
        except MalformedError:
            return ""


def check_seal(data: bytes, bundle: TrustBundle, at: datetime) -> CheckedSeal:
    """Check a seal as of ``at`` (aware); never raises, whatever the bytes are."""
    steps = Steps()
    seal = steps.do("format", lambda: read_seal(data), _seal_summary)
    if seal is None:
        return CheckedSeal(steps.done)
    check_seal_in(steps, seal, bundle, at, proven=False)
    return CheckedSeal(steps.done, seal)


def check_signature(data: bytes, presented: Presented, bundle: TrustBundle, at: datetime) -> CheckedSeal:
    """Check a signature and its seal as of ``at`` (aware); never raises, whatever the bytes are."""
    steps = Steps()
    found = steps.do("format", lambda: read_signature(data), lambda one: _seal_summary(one.seal))
    if found is None:
        return CheckedSeal(steps.done)
    proof = Proof(found, presented, bundle)
    proven = proof.run()
    moment = proven or at
    anchors = bundle.for_seals
    steps.do("signature", lambda: signed(found.signer, found.algorithm, found.signature, found.signed))
    steps.do("signer's certificate", lambda: chain_in_force(found.signer, moment, anchors, proven=proven is not None))
    steps.do("signer", lambda: _named(found))
    steps.do("signing time", lambda: _time(found, moment, proven))
    steps.do("document", lambda: _document(found, presented))
    if presented.property_info is not None:
        steps.do("scope", lambda: _scope(found, presented.property_info or ""))
    steps.done += proof.steps.done
    if unknown := critical(found.extensions):
        steps.done += (Step("extensions", Verdict.INVALID, unknown),)
    check_seal_in(steps, found.seal, bundle, moment, proven=proven is not None)
    return CheckedSeal(steps.done, found.seal, found, proven)


def _seal_summary(seal: ESeal) -> str:
    return f"version {seal.version}, {seal.name}"


def _named(found: ESignature) -> str:
    named = list(names_in(found.seal, found.signer))
    if any(named):
        return "the seal names it by digest" if found.seal.digests else "the seal names it"
    if len(named) < len(found.seal.digests):
        raise UndecidedError("the seal names signers by a digest that is not known here")
    raise InvalidError("the seal does not name the signer's certificate")


def _time(found: ESignature, moment: datetime, proven: datetime | None) -> str:
    if found.at is None:
        raise UndecidedError("stated by a token that is not known here")
    certificate = read_certificate(found.signer)
    for what, begin, end in (
        ("certificate", certificate.not_valid_before_utc, certificate.not_valid_after_utc),
        ("seal", found.seal.valid_from, found.seal.valid_to),
    ):
        if not begin <= found.at <= end:
            raise InvalidError(f"{found.at:%Y-%m-%d %H:%M:%S} UTC, outside the {what}'s period")
    if found.at > moment + _CLOCKS:
        raise InvalidError(f"{found.at:%Y-%m-%d %H:%M:%S} UTC, later than it is proven to have existed")
    stated = f"{found.at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{stated}, proven at {proven:%Y-%m-%d %H:%M:%S} UTC" if proven else f"{stated}, as the signer states"


def _document(found: ESignature, presented: Presented) -> str:
    digest = sm3(presented.document) if presented.document is not None else presented.digest
    if not digest:
        raise UndecidedError("no document is given to compare with")
    if not compare_digest(digest, found.document_digest):
        raise InvalidError("its SM3 digest is not the one that was signed")
    return "SM3 agrees"


def _scope(found: ESignature, wanted: str) -> str:
    if not compare_digest(found.property_info.encode(), wanted.encode()):
        raise InvalidError("the signature is for another document or part")
    return "agrees"
