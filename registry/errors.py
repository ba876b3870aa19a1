"""Errors of the registers.

::

    RegistryError
    ├── RuleError             an input breaks a rule; names the field and the rule
    │   ├── RulesError        an input breaks several rules
    │   └── IdentifierError   an identifier is not well-formed; says which part
    ├── NotOnRecordError      there is no such agency, system, dataset, grant or matter
    ├── SchemaError           the database's schema is of another version
    ├── StorageError          the database does not answer
    ├── DepartedError         a row is not as the ledger records it
    └── LedgerError           an entry was not recorded
        ├── LedgerDoubtError  head, tree and published checkpoint disagree: nothing is signed
        └── LedgerClockError  the clock is behind the last entry: nothing is recorded
"""

from collections.abc import Sequence


class RegistryError(Exception):
    """Base class of this package's errors."""


class RuleError(RegistryError, ValueError):
    """An input breaks a rule; ``about`` is the id of another item that the rule concerns."""

    def __init__(self, field: str, rule: str, about: str = "") -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule
        self.about = about

    @property
    def faults(self) -> Sequence["RuleError"]:
        """All faults: this one, or several."""
        return (self,)


class RulesError(RuleError):
    """An input breaks several rules; ``field`` and ``rule`` are those of the first."""

    def __init__(self, faults: Sequence["RuleError"]) -> None:
        super().__init__(faults[0].field, faults[0].rule)
        self.args = ("\n".join(map(str, faults)),)
        self._faults = tuple(faults)

    @property
    def faults(self) -> Sequence["RuleError"]:
        """All faults."""
        return self._faults


class IdentifierError(RuleError):
    """An identifier is not well-formed."""


class NotOnRecordError(RegistryError):
    """The named item is not on record."""


class SchemaError(RegistryError):
    """The database's schema is of another version."""


class StorageError(RegistryError):
    """The database does not answer."""


class DepartedError(RegistryError):
    """A register's row is not as the ledger records it, so nothing follows from it."""

    def __init__(self, register: str, item: str = "") -> None:
        """Create it; ``item`` names a row whose id is not personal."""
        text = f"{register}: what is on record is not as the ledger records it"
        named = f"{register} {item}: not as the ledger records it; yici ledger verify --registers says how it departs"
        super().__init__(named if item else text)


class LedgerError(RegistryError):
    """An entry was not recorded, so nothing that depends on it may be released."""


class LedgerDoubtError(LedgerError):
    """The stored head, the tree and the last published checkpoint disagree."""


class LedgerClockError(LedgerError):
    """The clock is behind the ledger's last entry, so one of the two is wrong."""
