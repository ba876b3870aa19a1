"""The structure of e-seals and e-signatures (GB/T 38540-2020, 6 and 7).

``signed`` has the signed bytes exactly as received; ``raw`` is the whole structure.
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
    """The image of a seal: ``kind`` is its format (PNG, SVG …), width and height are in millimetres."""

    kind: str
    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension, named by its object identifier."""

    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class Digest:
    """A signer's certificate by digest (CertDigestObj): the algorithm's name as given, and the value."""

    algorithm: str
    value: bytes


@dataclass(frozen=True, slots=True)
class ESeal:
    """An e-seal: its signers (certificates or digests), its period, and its maker's signature."""

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
    """An e-signature: seal, document digest, signer and time; ``at`` is None if v1 has a token instead."""

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
