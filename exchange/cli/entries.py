"""Ledger entries in words: who did what, why, and with which result."""

from collections.abc import Container
from typing import Any

from exchange.cli.tables import Column, Row, Said, show_rows
from exchange.cli.texts import mark, say
from exchange.cli.times import shown_time
from keys.encoding import parse_json
from keys.errors import KeysError
from keys.leaf.facts import ActFacts, BurstFacts, LeafFacts, QueryFacts, RegisterFacts
from keys.leaf.writing import time_text
from registry.ledger.search import Found

_ENTRIES = (
    Column("entry", "entry"), Column("at", "time"), Column("officer", "officer"),
    Column("system", "system"), Column("what", "what"), Column("matter", "matter"),
    Column("decision", "decision"), Column("reason", "reason"),
)  # fmt: skip
_DECISIONS = {"permit": mark("permit"), "deny": mark("deny"), "fail": mark("fail")}
REGISTER_NAMES = {
    "agency": mark("agency"), "system": mark("system"), "certificate": mark("certificate"),
    "ledger-key": mark("ledger-key"), "dataset": mark("dataset"), "matter": mark("matter"),
    "license-type": mark("license-type"), "grant": mark("grant"), "seal": mark("seal"), "seal-rule": mark("seal-rule"),
    "seal-anchor": mark("seal-anchor"), "license": mark("license"), "document": mark("document"), "code": mark("code"),
    "person": mark("person"), "proposal": mark("proposal"), "application": mark("application"), "event": mark("event"),
    "license-holder": mark("license-holder"), "license-event": mark("license-event"),
    "catalogue": mark("catalogue"), "node-certificate": mark("node-certificate"), "database": mark("database"),
    "register-entry": mark("register-entry"), "status-list": mark("status-list"),
}  # fmt: skip
_ACTIONS = {
    "ADDED": mark("added"), "CHANGED": mark("changed"), "REVOKED": mark("revoked"),
    "TRUSTED": mark("trusted"), "DISTRUSTED": mark("distrusted"),
    "RENEWED": mark("renewed"), "UPGRADED": mark("upgraded"), "LISTS_RENEWED": mark("revocation lists renewed"), "APPLIED": mark("applied for"),
    "APPROVE": mark("approved"), "REFUSE": mark("refused"), "MAKE": mark("made"),
    "SUSPEND": mark("suspended"), "RESUME": mark("resumed"), "DESTROY": mark("destroyed"),
    "USED": mark("used"), "EXPIRE": mark("expired"), "HAND_OVER": mark("handed over"),
}  # fmt: skip
"""The changes of a register's row by the reason of their entry."""
_KNOWN_BY = {"login": mark("host (login)"), "account": mark("host (account)"), "node": mark("the node itself")}
_FINGERPRINT = 16


def show_entries(
    entries: list[Found], *, opened: bool, without: Container[str] = (), as_json: bool = False, utc: bool = False
) -> None:
    """Print entries in words, ``without`` some columns; unless ``opened``, by their leaves alone."""
    columns = [column for column in _ENTRIES if column.key not in without and (opened or column.key != "officer")]
    show_rows(columns, [_row(item, utc=utc) for item in entries], as_json=as_json)


def entry_json(entry: Found, *, opened: bool) -> dict[str, Any]:
    """Return an entry as recorded, with the error of its leaf, if any; its opening only if ``opened``."""
    shown: dict[str, Any] = {"index": entry.index}
    if opened:
        shown["opening"] = entry.opening._asdict() if entry.opening else None
    try:
        entry.leaf  # noqa: B018  # its error is reported
    except KeysError as error:
        return {**shown, "leaf": entry.data.decode(errors="replace"), "error": str(error)}
    return {**shown, "leaf": parse_json(entry.data, "leaf")}


def what(facts: LeafFacts) -> str:
    """Return in a few words what was done."""
    if isinstance(facts, RegisterFacts):
        return _change(facts)
    if isinstance(facts, BurstFacts):
        return say(f"{facts.refusals} more refusals")
    if isinstance(facts, ActFacts):
        return f"{facts.kind} {facts.object or facts.dataset.removeprefix('license.')}".rstrip()
    return facts.dataset if isinstance(facts, QueryFacts) and facts.dataset else facts.kind


def _row(item: Found, *, utc: bool) -> Row:
    """Return an entry as a row; an unreadable one is reported, and does not affect others."""
    officer = item.opening.officer if item.opening else Said(None, say("erased"))
    try:
        leaf = item.leaf
    except KeysError as error:
        unread = dict.fromkeys(column.key for column in _ENTRIES)
        return {**unread, "entry": item.index, "officer": officer, "what": Said(str(error), say(str(error)), "red")}
    facts = leaf.facts
    permitted = facts.decision == "permit"
    return {
        "entry": item.index,
        "at": Said(time_text(leaf.at), shown_time(leaf.at, utc=utc)),
        "officer": officer,
        "system": getattr(facts, "system", None) or _host(facts),
        "what": what(facts),
        "matter": getattr(facts, "matter", None) or None,
        "decision": Said(facts.decision, say(_DECISIONS[facts.decision]), "green" if permitted else "red"),
        "reason": Said(facts.reason, "" if permitted else say(facts.reason)),
    }


def _host(facts: LeafFacts) -> Said | None:
    """Return where a command was run, and how its operator is known."""
    known_by = getattr(facts, "operator", "")
    return Said(f"host:{known_by}", say(_KNOWN_BY[known_by])) if known_by else None


def _change(facts: RegisterFacts) -> str:
    register = facts.kind.partition(".")[2]
    name = facts.object if len(facts.object) <= _FINGERPRINT * 2 else f"{facts.object[:_FINGERPRINT]}…"
    whose = f" ({facts.system})" if facts.system else ""
    if facts.decision != "permit":
        return f"{say(REGISTER_NAMES.get(register, register))} {name}".rstrip()
    changes = f"{say(': ')}{say(', ').join(facts.changed)}" if facts.changed else ""
    done = say(_ACTIONS.get(facts.reason, facts.reason.lower()))
    return f"{say(REGISTER_NAMES.get(register, register))} {name}{whose} {done}{changes}"
