"""What a leaf says: a closed union of facts, one class for each family of kinds, of one version.

A field that is empty is absent from the leaf, so every value has one spelling. The name of a field means the same in
all families; ``rules.py`` says which values it may have.
"""

from typing import NamedTuple, TypeAlias

VERSION = 1
DECISIONS = ("permit", "deny", "fail")


class QueryFacts(NamedTuple):
    """A question about subjects, with the answer's digest where one was given. Kinds: ``verify``, ``query``."""

    kind: str
    decision: str
    reason: str
    agency: str = ""
    system: str = ""
    source: str = ""
    dataset: str = ""
    fields: tuple[str, ...] = ()
    matter: str = ""
    subjects: int = 0
    basis: str = ""
    catalogue: int = 0
    policies: tuple[str, ...] = ()
    policy: str = ""
    answer: str = ""


class ActFacts(NamedTuple):
    """An act on a register, by a system or at the node. Kinds: ``license.issue``, ``seal.use`` and the like.

    ``answer`` is the digest of what was handed out or sealed. An act that changes a row names its version and digest.
    """

    kind: str
    decision: str
    reason: str
    agency: str = ""
    system: str = ""
    source: str = ""
    object: str = ""
    dataset: str = ""
    matter: str = ""
    subjects: int = 0
    basis: str = ""
    answer: str = ""
    version: int = 0
    row_digest: str = ""


class BurstFacts(NamedTuple):
    """Further refusals of one system for one reason, by their number. Kind: ``call.burst``."""

    kind: str
    decision: str
    reason: str
    agency: str = ""
    system: str = ""
    refusals: int = 0


class AuditFacts(NamedTuple):
    """A reading of the ledger itself. Kinds: ``audit.entry``, ``audit.search`` and the like."""

    kind: str
    decision: str
    reason: str
    agency: str = ""
    system: str = ""


class RegisterFacts(NamedTuple):
    """A change of a register's row by an administrator. Kinds: ``register.grant``, ``register.agency`` and the like.

    ``reason`` is the action, ``object`` the row's id. It is about ``agency``, ``system`` and ``dataset``.
    ``changed`` names the columns that differ from the version before, and the members that a list gained or lost.
    """

    kind: str
    decision: str
    reason: str
    object: str = ""
    agency: str = ""
    system: str = ""
    dataset: str = ""
    version: int = 0
    row_digest: str = ""
    changed: tuple[str, ...] = ()


class ClockFacts(NamedTuple):
    """An operator's word that the clock is right although the last entry is ahead of it. Kind: ``ledger.clock``."""

    kind: str
    decision: str
    reason: str
    ahead: str = ""


class CheckpointFacts(NamedTuple):
    """An operator's word that this log, of so many entries, is the one. Kind: ``ledger.checkpoint``."""

    kind: str
    decision: str
    reason: str
    size: int = 0


LeafFacts: TypeAlias = QueryFacts | ActFacts | BurstFacts | AuditFacts | RegisterFacts | ClockFacts | CheckpointFacts


class Commitments(NamedTuple):
    """Salted digests of the personal values of an entry, in lower-case hex; empty where there is no value."""

    subject: str = ""
    subjects_commitment: str = ""
    officer: str = ""
    case: str = ""
    request: str = ""
