"""Ledger entries as people read them: who did what, why, and what came of it."""

from typing import Any

from exchange.cli.tables import Column, Row, Said, show_rows
from exchange.cli.texts import say
from keys.encoding import parse_json
from keys.errors import KeysError
from keys.leaf.facts import ActFacts, BurstFacts, LeafFacts, QueryFacts, RegisterFacts
from keys.leaf.writing import time_text
from registry.ledger.search import Found

_ENTRIES = (
    Column("entry", "entry", "记录"), Column("at", "time (UTC)", "时间（UTC）"), Column("officer", "officer", "经办人"),
    Column("system", "system", "系统"), Column("what", "what", "数据"), Column("matter", "matter", "事项"),
    Column("decision", "decision", "结果"), Column("reason", "reason", "原因"),
)  # fmt: skip
_DECISIONS = {"permit": ("permit", "允许"), "deny": ("deny", "拒绝"), "fail": ("fail", "失败")}
_REGISTERS = {
    "agency": "机构", "system": "业务系统", "certificate": "证书", "ledger-key": "账本密钥", "dataset": "数据资源",
    "matter": "事项", "license-type": "证照类型", "grant": "授权", "seal": "印章", "seal-rule": "用印规则",
    "seal-anchor": "印章信任锚",
}  # fmt: skip
_ACTIONS = {
    "ADDED": ("added", "新增"), "CHANGED": ("changed", "变更"), "REVOKED": ("revoked", "终止"),
    "TRUSTED": ("trusted", "予以信任"), "DISTRUSTED": ("distrusted", "不再信任"),
    "LISTS_RENEWED": ("revocation lists renewed", "更新吊销列表"), "APPLIED": ("applied for", "申请"),
    "APPROVE": ("approved", "批准"), "REFUSE": ("refused", "驳回"), "MAKE": ("made", "制作"),
    "SUSPEND": ("suspended", "暂停"), "RESUME": ("resumed", "恢复"), "DESTROY": ("destroyed", "销毁"),
    "EXPIRE": ("expired", "到期"), "HAND_OVER": ("handed over", "移交"),
}  # fmt: skip
"""What is done to a register's row, by the reason of its entry."""
_FINGERPRINT = 16


def show_entries(found: list[Found], *, as_json: bool = False) -> None:
    """Print entries as people read them: who asked what, why, and what came of it."""
    show_rows(_ENTRIES, map(_row, found), as_json=as_json)


def entry_json(found: Found) -> dict[str, Any]:
    """An entry as it is recorded, and what is wrong with its leaf, if anything is."""
    shown: dict[str, Any] = {"index": found.index, "opening": found.opening._asdict() if found.opening else None}
    try:
        found.leaf  # noqa: B018  # what is wrong with it is told
    except KeysError as error:
        return {**shown, "leaf": found.data.decode(errors="replace"), "error": str(error)}
    return {**shown, "leaf": parse_json(found.data, "leaf")}


def what(facts: LeafFacts) -> str:
    """What was done, in a few words."""
    if isinstance(facts, RegisterFacts):
        return _change(facts)
    if isinstance(facts, BurstFacts):
        return say(f"{facts.refusals} more refusals", f"另有 {facts.refusals} 次拒绝")
    if isinstance(facts, ActFacts):
        return f"{facts.kind} {facts.object or facts.dataset.removeprefix('license.')}".rstrip()
    return facts.dataset if isinstance(facts, QueryFacts) and facts.dataset else facts.kind


def _row(item: Found) -> Row:
    """An entry; one that cannot be read is told, and hides no other."""
    officer = item.opening.officer if item.opening else Said(None, say("erased", "已清除"))
    try:
        leaf = item.leaf
    except KeysError as error:
        unread = dict.fromkeys(column.key for column in _ENTRIES)
        return {**unread, "entry": item.index, "officer": officer, "what": Said(str(error), str(error), "red")}
    facts = leaf.facts
    permitted = facts.decision == "permit"
    return {
        "entry": item.index,
        "at": Said(time_text(leaf.at), f"{leaf.at:%Y-%m-%d %H:%M:%S}"),
        "officer": officer,
        "system": getattr(facts, "system", None) or None,
        "what": what(facts),
        "matter": getattr(facts, "matter", None) or None,
        "decision": Said(facts.decision, say(*_DECISIONS[facts.decision]), "green" if permitted else "red"),
        "reason": Said(facts.reason, "" if permitted else facts.reason),
    }


def _change(facts: RegisterFacts) -> str:
    register = facts.kind.partition(".")[2]
    name = facts.object if len(facts.object) <= _FINGERPRINT * 2 else f"{facts.object[:_FINGERPRINT]}…"
    english, chinese = _ACTIONS.get(facts.reason, (facts.reason.lower(), facts.reason))
    whose = f" ({facts.system})" if facts.system else ""
    told = f": {', '.join(facts.changed)}" if facts.changed else ""
    return say(
        f"{register} {name}{whose} {english}{told}",
        f"{_REGISTERS.get(register, register)} {name}{whose} {chinese}{told.replace(': ', '：').replace(', ', '，')}",
    )
