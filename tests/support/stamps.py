"""Helpers for scenarios of seals: bases, making a seal, permitting its use."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from exchange.client import ExchangeError, SealClient, SealView
from exchange.demo.city import City
from exchange.node.wiring.postgres import embedded_url
from exchange.node.wiring.registers import make_registrar
from keys.trust import TrustBundle
from registry.basis import Basis
from registry.database import Database
from registry.seals.kinds import SealKind, TargetKind
from registry.seals.rules import SealRule
from registry.seals.states import SealChange

LAW = "《国务院关于在线政务服务的若干规定》第九条"
WRITE = Basis("official-documents", "GW-1", "《党政机关公文处理工作条例》第三条", "沈科长")
APPLY, APPROVE, MAKE = (Basis("seal-administration", "YZ-1", LAW, name) for name in ("钱科员", "孙处长", "李制章"))
PAPER = "关于公共数据授权运营的通知".encode()


async def made(city: City, kind: SealKind = SealKind.CONTRACT, name: str = "合同专用章") -> SealView:
    async with desk(city) as agency, city.seal_client("seal-authority") as authority, maker(city) as making:
        seal = await agency.apply(APPLY, kind, name, "周保管", years=1)
        seal = await authority.change(APPROVE, seal, SealChange.APPROVE, "材料齐全")
        found = await making.make(MAKE, seal)
    await asyncio.sleep(0.5)  # the workers are notified, and read the registers again
    return found


async def allow(city: City, seal: str, **changed: Any) -> SealRule:
    now = datetime.now(UTC)
    rule = SealRule(
        **{
            "id": f"rule-{uuid4().hex[:8]}", "seal": seal, "systems": ("document-desk",), "target_kinds": (TargetKind.FILE,),
            "matters": ("official-documents",), "valid_from": now - timedelta(days=1), "valid_to": now + timedelta(days=9),
        }
        | changed
    )  # fmt: skip
    database = Database(embedded_url(city.settings, "yici"))
    try:
        await (await make_registrar(city.settings, database, "operator:test")).add_seal_rules([rule])
    finally:
        await database.close()
    await asyncio.sleep(0.5)  # the workers are notified, and read the registers again
    return rule


async def refused(work: Any) -> tuple[str, str]:
    with pytest.raises(ExchangeError) as caught:
        await work
    return caught.value.status, caught.value.reason


def bundle(city: City) -> TrustBundle:
    return TrustBundle.load(city.trust)


def desk(city: City) -> SealClient:
    return city.seal_client("document-desk")


def maker(city: City) -> SealClient:
    return city.seal_client("seal-maker")
