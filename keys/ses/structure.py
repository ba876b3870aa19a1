"""What an e-seal and an e-signature hold (GB/T 38540-2020, 6 and 7).

``signed`` is, byte for byte as it was received, what the signature is over; ``raw`` is the whole structure.
"""

from dataclasses import dataclass
from datetime import datetime

SM3_OID = "1.2.156.10197.1.401"
SM2_WITH_SM3_OID = "1.2.156.10197.1.501"
MAX_PICTURE = 1024 * 1024
MAX_SEAL = 2 * 1024 * 1024
MAX_SIGNATURE = MAX_SEAL + 256 * 1024


@dataclass(frozen=True, slots=True)
class Picture:
    """How a seal looks: ``kind`` is the format's name (PNG, SVG …), width and height are in millimetres."""

    kind: str
    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension, known by its object identifier."""

    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class Digest:
    """A signer's certificate by digest (CertDigestObj): the algorithm as it is named there, and the value."""

    algorithm: str
    value: bytes


@dataclass(frozen=True, slots=True)
class ESeal:
    """An e-seal: who may sign with it (certificates, or their digests), until when, and its maker's signature."""

    version: int
    vendor: str
    id: str
    kind: int
    name: str
    signers: tuple[bytes, ...]
    digests: tuple[Digest, ...]
    created_at: datetime
    valid_from: datetime
    valid_to: datetime
    picture: Picture
    extensions: tuple[Extension, ...]
    maker: bytes
    algorithm: str
    signature: bytes
    timestamp: bytes
    signed: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class ESignature:
    """An e-signature: the seal, the document's digest, who signed and when; ``at`` is None where v1 holds a token."""

    version: int
    seal: ESeal
    at: datetime | None
    document_digest: bytes
    property_info: str
    extensions: tuple[Extension, ...]
    signer: bytes
    algorithm: str
    signature: bytes
    timestamp: bytes
    signed: bytes
    raw: bytes
