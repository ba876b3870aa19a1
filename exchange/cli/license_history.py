"""A license's history: what happened to it, by whom and why, from its events and their ledger entries."""

from pathlib import Path

from exchange.cli.opened import opened
from exchange.cli.tables import Column, Row, Said
from exchange.cli.texts import say
from registry.china import CHINA
from registry.ledger.search import entry
from registry.licenses.events import events_of
from registry.licenses.life import STATE_NAMES

HISTORY = (
    Column("at", "time", "时间"), Column("event", "event", "事件"), Column("state", "state", "状态"),
    Column("revision", "revision", "修订"), Column("system", "system", "系统"), Column("officer", "officer", "经办人"),
    Column("why", "why", "原因"), Column("entry", "entry", "账本记录"),
)  # fmt: skip
_EVENTS = {
    "ISSUED": ("issued", "签发"), "ACTIVATE": ("activated", "激活"), "SUSPEND": ("suspended", "暂停"),
    "RESUME": ("resumed", "恢复"), "CANCEL": ("cancelled", "注销"), "REVOKE": ("revoked", "撤销"),
    "SUPERSEDED": ("superseded", "变更"), "EXPIRE": ("expired", "过期"), "ANNOTATED": ("annotated", "加注"),
    "FLAGGED": ("flagged for review", "标记待复核"), "UNFLAGGED": ("review flag taken away", "取消待复核标记"),
}  # fmt: skip


async def history_of(identifier: str, data: Path) -> list[Row]:
    """What happened to a license, oldest first; officer and reason are absent where they were erased."""
    async with opened(data) as (_, database, _):
        connection = await database.dedicated()
        try:
            found = [(item, await entry(connection, item.index)) for item in await events_of(connection, identifier)]
        finally:
            await connection.close()
    return [
        {
            "at": event.at.astimezone(CHINA),
            "event": Said(event.event, say(*_EVENTS[event.event])),
            "state": Said(event.state.value, say(event.state.value, STATE_NAMES[event.state])),
            "revision": event.revision,
            "system": getattr(recorded.leaf.facts, "system", None) if recorded else None,
            "officer": recorded.opening.officer if recorded and recorded.opening else None,
            "why": recorded.opening.request if recorded and recorded.opening else None,
            "entry": event.index,
        }
        for event, recorded in found
    ]
