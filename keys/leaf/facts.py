"""Typed facts of leaves: a closed union of one version, with one class for each family of kinds.

An empty field is absent from the leaf, so that every value has one encoding. A field's name has the same meaning in all
families; ``rules.py`` has the values that it may have. ``operator`` marks what is done on the node's host: ``login`` by
an operator whose login the kernel authenticated, ``account`` if only the account of the process is known, ``node`` by
the node itself.
"""

from typing import NamedTuple, TypeAlias

VERSION = 1
DECISIONS = ("permit", "deny", "fail")


class QueryFacts(NamedTuple):
    """A query about subjects, with the digest of its answer, if any. Kinds: ``verify``, ``query``."""

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
    """An act on a register by a system, a person or the node. Kinds: ``license.issue`` and others.

    ``answer`` is the digest of what was issued or sealed. An act that changes a row names the row's version and digest.
    ``person`` says that a person on record acts, and how they are identified: by ``certificate`` or by ``token``.
    ``clock`` starts, pauses, resumes or stops the clock of the object, within which the agency ``source`` has to act:
    the one named ``limit``, of so many working ``days`` or ``hours``. ``told`` are the agencies that get a notice.
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
    operator: str = ""
    person: str = ""
    policy: str = ""
    clock: str = ""
    limit: str = ""
    days: int = 0
    hours: int = 0
    told: tuple[str, ...] = ()


class BurstFacts(NamedTuple):
    """Further refusals of one system for one reason, by their number. Kind: ``call.burst``."""

    kind: str
    decision: str
    reason: str
    agency: str = ""
    system: str = ""
    refusals: int = 0


class AuditFacts(NamedTuple):
    """A reading of the ledger itself. Kinds: ``audit.entry``, ``audit.search`` and others.

    ``object`` is the index of the entry that was opened.
    """

    kind: str
    decision: str
    reason: str
    object: str = ""
    agency: str = ""
    system: str = ""
    operator: str = ""


class RegisterFacts(NamedTuple):
    """A change of a register's row by an operator. Kinds: ``register.grant`` and others.

    ``reason`` is the action or why it was refused, ``object`` the row's id. ``agency``, ``system`` and ``dataset`` are
    those it concerns. ``changed`` names the columns that differ from the previous version, and members added to or
    removed from a list.
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
    operator: str = ""


class ClockFacts(NamedTuple):
    """An operator's confirmation of a clock that is behind the last entry. Kind: ``ledger.clock``."""

    kind: str
    decision: str
    reason: str
    ahead: str = ""
    operator: str = ""


class CheckpointFacts(NamedTuple):
    """An operator's confirmation that this log, of a given size, is right. Kind: ``ledger.checkpoint``."""

    kind: str
    decision: str
    reason: str
    size: int = 0
    operator: str = ""


LeafFacts: TypeAlias = QueryFacts | ActFacts | BurstFacts | AuditFacts | RegisterFacts | ClockFacts | CheckpointFacts


class Commitments(NamedTuple):
    """Salted digests of an entry's personal values in lower-case hex; empty where there is no value."""

    subject: str = ""
    subjects_commitment: str = ""
    officer: str = ""
    case: str = ""
    request: str = ""
