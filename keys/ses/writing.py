"""Encoding of seals and signatures of GB/T 38540-2020 (v4) and GM/T 0031-2025 (v5) in DER."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from keys import der
from keys.ses.structure import SM2_WITH_SM3_OID, Extension, Picture
from keys.suites import SUITES, Signer
from keys.timestamp_authority import TimestampAuthority

VENDOR = "Yici"
_CERTIFICATES = 1


@dataclass(frozen=True, slots=True)
class SealDraft:
    """The contents of a seal before it is signed; ``signers`` are its signers' certificates (DER)."""

    id: str
    kind: int
    name: str
    signers: Sequence[bytes]
    created_at: datetime
    valid_from: datetime
    valid_to: datetime
    picture: Picture
    extensions: Sequence[Extension] = ()
    version: int = 4


@dataclass(frozen=True, slots=True)
class Sealing:
    """A seal (DER), the signer of one of its certificates, that certificate (DER), and a TSA."""

    seal: bytes
    signer: Signer
    certificate: bytes
    tsa: TimestampAuthority | None = None
    version: int = 4


def write_seal(draft: SealDraft, maker: Signer, certificate: bytes) -> bytes:
    """Return an SESeal, signed by its maker, with the maker's certificate (DER)."""
    info = der.sequence(
        der.sequence(der.write(der.IA5, b"ES"), der.integer(draft.version), der.write(der.IA5, VENDOR.encode())),
        der.write(der.IA5, draft.id.encode("ascii")),
        der.sequence(
            der.integer(draft.kind),
            der.write(der.UTF8, draft.name.encode()),
            der.integer(_CERTIFICATES),
            der.sequence(*[der.write(der.OCTET_STRING, item) for item in draft.signers]),
            der.time(draft.created_at),
            der.time(draft.valid_from),
            der.time(draft.valid_to),
        ),
        der.sequence(
            der.write(der.IA5, draft.picture.kind.encode("ascii")),
            der.write(der.OCTET_STRING, draft.picture.data),
            der.integer(draft.picture.width),
            der.integer(draft.picture.height),
        ),
        *([_extensions(draft.extensions)] if draft.extensions else []),
    )
    return der.sequence(info, *_signature(certificate, _sign(maker, info)))


def write_signature(
    sealing: Sealing, digest: bytes, at: datetime, property_info: str = "", extensions: Sequence[Extension] = ()
) -> bytes:
    """Return an SES_Signature of an SM3 digest; ``property_info`` identifies the document, in ASCII."""
    signed = der.sequence(
        der.integer(sealing.version),
        sealing.seal,
        der.time(at),
        der.bits(digest),
        der.write(der.IA5, property_info.encode("ascii")),
        *([der.write(der.EXPLICIT, _extensions(extensions))] if extensions else []),
    )
    value = _sign(sealing.signer, signed)
    # The time-stamp is over the signature's value (GB/T 38540, 7.2).
    stamp = [der.write(der.EXPLICIT, der.bits(sealing.tsa.stamp(value)))] if sealing.tsa else []
    return der.sequence(signed, *_signature(sealing.certificate, value), *stamp)


def _sign(signer: Signer, signed: bytes) -> bytes:
    return SUITES[signer.algorithm].encode(signer.sign(signed))


def _signature(certificate: bytes, value: bytes) -> tuple[bytes, bytes, bytes]:
    return der.write(der.OCTET_STRING, certificate), der.oid(SM2_WITH_SM3_OID), der.bits(value)


def _extensions(extensions: Sequence[Extension]) -> bytes:
    return der.sequence(
        *[
            der.sequence(
                der.oid(item.oid),
                der.write(der.BOOLEAN, b"\xff") if item.critical else b"",
                der.write(der.OCTET_STRING, item.value),
            )
            for item in extensions
        ]
    )
