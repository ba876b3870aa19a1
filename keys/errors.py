"""Errors of keys and proofs.

::

    KeysError
    ├── MalformedError     the input is not in its published format; names the field and the rule
    ├── InvalidError       the input is well-formed, but does not prove what it claims
    ├── KeyStoreError      a private key is missing, unreadable, or readable by others
    ├── UnsupportedError   this machine does not support an algorithm
    └── UndecidedError     the available data do not decide whether it is valid
        └── UnknownYearError  the holidays of a year are not known, so its working days cannot be counted
"""


class KeysError(Exception):
    """Base class of this package's errors."""


class MalformedError(KeysError, ValueError):
    """The input breaks a rule of its format."""


class InvalidError(KeysError):
    """A signature, proof, chain or binding is not valid."""


class KeyStoreError(KeysError):
    """A private key cannot be used safely."""


class UnsupportedError(KeysError):
    """This machine does not support an algorithm."""


class UndecidedError(KeysError):
    """The trust bundle lacks what a verdict needs: neither valid nor invalid (exit code 2)."""


class UnknownYearError(UndecidedError):
    """The holidays of a year are not known: its working days cannot be counted."""

    def __init__(self, year: int) -> None:
        super().__init__(f"holidays {year}: not known, so its working days cannot be counted")
        self.year = year
