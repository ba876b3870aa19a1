"""DER (X.690), read strictly and written canonically, as far as X.509 and GB/T 38540 need it."""

from keys.der.reading import Element, Fields, items, read, sequence_of
from keys.der.tags import (
    BIT_STRING,
    BOOLEAN,
    EXPLICIT,
    IA5,
    INTEGER,
    NULL,
    OCTET_STRING,
    OID,
    PRINTABLE,
    SEQUENCE,
    TIME,
    UTC_TIME,
    UTF8,
)  # fmt: skip
from keys.der.writing import bits, integer, oid, sequence, time, write

__all__ = [
    "BIT_STRING", "BOOLEAN", "EXPLICIT", "IA5", "INTEGER", "NULL", "OCTET_STRING", "OID", "PRINTABLE", "SEQUENCE",
    "TIME", "UTC_TIME", "UTF8", "Element", "Fields", "bits", "integer", "items", "oid", "read", "sequence",
    "sequence_of", "time", "write",
]  # fmt: skip
