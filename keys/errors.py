"""What can go wrong with keys and proofs.

::

    KeysError
    ├── MalformedError     the input is not in its published format; names the field and the rule
    ├── InvalidError       well-formed, but it does not prove what it claims
    ├── KeyStoreError      a private key is missing, unreadable or too widely readable
    ├── UnsupportedError   this machine lacks what an algorithm needs
    └── UndecidedError     what is at hand does not decide it: neither valid nor invalid
"""


class KeysError(Exception):
    """Any failure of this package."""


class MalformedError(KeysError, ValueError):
    """The input breaks the rule of its format."""


class InvalidError(KeysError):
    """A signature, proof, chain or binding does not hold."""


class KeyStoreError(KeysError):
    """A private key cannot be used safely."""


class UnsupportedError(KeysError):
    """This machine lacks what an algorithm needs."""


class UndecidedError(KeysError):
    """A trust bundle does not hold what a verdict needs (exit code 2, neither valid nor invalid)."""
