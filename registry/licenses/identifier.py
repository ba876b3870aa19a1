"""E-license identifiers of GB/T 36904: type, issuer, serial, version and check character.

``1.2.156.3005.2.<type 21>.<issuer 18>.<serial>.<version 3>.<check>``

The type is the USCC of the body that defines it, and a serial number of three digits. The check character is ISO/IEC
7064 MOD 37,36 over type, issuer, serial and version without dots.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from registry.errors import IdentifierError

ROOT = "1.2.156.3005.2"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TYPE = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_USCC = re.compile(r"[0-9A-Z]{18}")
_SERIAL = re.compile(r"[0-9A-Z_]{1,64}")
_VERSION = re.compile(r"(?!000)[0-9]{3}")
_MODULUS = 36
_PARTS = 5
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_DOUBLED = [(value or _MODULUS) * 2 % (_MODULUS + 1) for value in range(_MODULUS)]
_FIELD = "identifier"
MAX_VERSION = 999


def check_character(*parts: str) -> str:
    """Return the ISO/IEC 7064 MOD 37,36 check character of digits and letters; underscores are skipped.

    The state after all parts but the last is cached, since identifiers of one type and issuer begin alike.
    """
    value = _MODULUS
    for part in parts[:-1]:
        value = _fold_known(part, value)
    return _ALPHABET[(_MODULUS + 1 - _fold(parts[-1], value)) % _MODULUS]


def _fold(text: str, value: int) -> int:
    for character in text.replace("_", ""):
        value = _DOUBLED[(value + _VALUES[character]) % _MODULUS]
    return value


_fold_known = lru_cache(maxsize=1000)(_fold)


def parse_type_code(text: str) -> str:
    """Parse a license type's code: the defining body's USCC and three digits.

    Raises:
        IdentifierError: names the part.
    """
    if not _TYPE.fullmatch(text):
        raise IdentifierError("license type code", "a USCC and three digits, 21 characters (GB/T 36904)")
    return text


@dataclass(frozen=True, slots=True)
class LicenseIdentifier:
    """The parts of an identifier."""

    type_code: str
    issuer: str
    serial: str
    version: int = 1

    @classmethod
    def parse(cls, text: str) -> "LicenseIdentifier":
        """Parse an identifier.

        Raises:
            IdentifierError: names the part that is wrong.
        """
        text = text.strip().upper()
        if not text.startswith(f"{ROOT}."):
            raise IdentifierError(_FIELD, f"begins with {ROOT} (GB/T 36904)")
        parts = text.removeprefix(f"{ROOT}.").split(".")
        if len(parts) != _PARTS:
            raise IdentifierError(_FIELD, "type, issuer, serial, version and check follow the root, with dots between")
        type_code, issuer, serial, version, check = parts
        for name, part, rule in (
            ("type", type_code, _TYPE),
            ("issuer", issuer, _USCC),
            ("serial", serial, _SERIAL),
            ("version", version, _VERSION),
        ):
            if not rule.fullmatch(part):
                raise IdentifierError(_FIELD, f"the {name} must be {_RULES[name]}")
        if check_character(type_code, issuer, f"{serial}{version}") != check:
            raise IdentifierError(_FIELD, "the check character is wrong (ISO/IEC 7064 MOD 37,36)")
        return cls(type_code, issuer, serial, int(version))

    @classmethod
    def make(cls, type_code: str, issuer: str, serial: str, version: int = 1) -> "LicenseIdentifier":
        """Return an identifier of these parts, after checking each.

        Raises:
            IdentifierError: as ``parse``.
        """
        parse_type_code(type_code)
        if not _USCC.fullmatch(issuer) or not _SERIAL.fullmatch(serial) or not 0 < version <= MAX_VERSION:
            raise IdentifierError(
                _FIELD,
                f"issuer, serial or version is not one: {_RULES}",
            )
        return cls(type_code, issuer, serial, version)

    @property
    def text(self) -> str:
        """The identifier with its check character."""
        version = f"{self.version:03}"
        check = check_character(self.type_code, self.issuer, f"{self.serial}{version}")
        return f"{ROOT}.{self.type_code}.{self.issuer}.{self.serial}.{version}.{check}"

    @property
    def next_version(self) -> "LicenseIdentifier":
        """Return the identifier of the version that supersedes this one.

        Raises:
            IdentifierError: there are no more versions.
        """
        if self.version == MAX_VERSION:
            raise IdentifierError(_FIELD, f"no version after {MAX_VERSION}")
        return replace(self, version=self.version + 1)


_RULES = {
    "type": "a USCC and three digits",
    "issuer": "a USCC, 18 characters",
    "serial": "1 to 64 of 0-9, A-Z and _",
    "version": "three digits from 001 on",
}
