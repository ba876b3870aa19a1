"""Helpers for scenarios of licenses: bases, a draft, a client."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import httpx
import pytest

from exchange.client import ExchangeError, LicenseClient, LicenseView
from exchange.demo.city import City
from keys.license import status_uri_of
from registry.basis import Basis
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.license import Draft
from tests.support.ask import APPLICANT, NAME

PERMIT = Basis("residence-permit", "JZ-1", "《居住证暂行条例》第九条", "张警官")
SETTLE = Basis("talent-settlement", "RC-1", "《苏州市人才引进落户办法》第十条", "王科员")
SERVICE = Basis("license-service", "YW-1", "《国务院关于在线政务服务的若干规定》第十条", "一网通办")
HOLDER = Holder(HolderKind.CITIZEN_ID, APPLICANT.identifier, NAME)


def draft(**changed: object) -> Draft:
    name = uuid4().hex
    return replace(
        Draft(
            "residence_permit",
            name,
            f"JZ{name[:12]}",
            (HOLDER,),
            {"address": "苏州市姑苏区某路 1 号"},
            date(2026, 1, 1),
            date(2099, 1, 1),
        ),
        **changed,
    )  # type: ignore[arg-type]


def desk(city: City) -> LicenseClient:
    return city.license_client("residence-desk")


async def issued(city: City) -> LicenseView:
    async with desk(city) as client:
        return await client.issue(PERMIT, "residence_permit", draft(), fill=True)


def fetched(url: str, **headers: str) -> tuple[bytes, dict[str, str]]:
    response = httpx.get(url, headers=headers, timeout=30)
    response.raise_for_status()
    return response.content, dict(response.headers)


def status_of(url: str, method: str = "GET", **headers: str) -> int:
    return httpx.request(method, url, headers=headers, timeout=30).status_code


def status_list(text: str) -> str:
    return fetched(status_uri_of(text))[0].decode()


async def refused(work: object) -> ExchangeError:
    with pytest.raises(ExchangeError) as caught:
        await work  # type: ignore[misc]
    return caught.value
