"""Tags of DER, and the forms of times."""

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8, PRINTABLE, IA5, UTC_TIME, TIME, SEQUENCE = 0x0C, 0x13, 0x16, 0x17, 0x18, 0x30
EXPLICIT = 0xA0
SHORT = 0x80
"""Lengths below it are one byte."""
TIMES = {TIME: "%Y%m%d%H%M%SZ", UTC_TIME: "%y%m%d%H%M%SZ"}
