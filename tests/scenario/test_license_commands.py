"""Scenario tests of an issuer's commands without a data folder: issuing from metadata, and events."""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from exchange.demo.city import City
from exchange.errors import ExchangeError
from keys.license import check_license
from keys.trust import TrustBundle
from registry.licenses.metadata import as_xml
from registry.licenses.states import Change, LicenseState
from tests.support import terminal
from tests.support.permits import PERMIT, desk, issued, refused


def yici(*arguments: object, cwd: Path | None = None, lang: str = "en") -> str:
    found = terminal.run(*arguments, environment={"PATH": os.environ["PATH"], "YICI_LANG": lang}, cwd=cwd)
    assert found.returncode == 0, found.stderr
    return found.stdout


def exported(city: City) -> dict[str, object]:
    held = asyncio.run(issued(city))
    values: dict[str, object] = json.loads(
        yici("license", "export", held.identifier, "--why", "迁移", "--data", city.data)
    )
    return values


def test_a_license_is_issued_from_metadata_without_a_data_folder(city: City, tmp_path: Path) -> None:
    values = exported(city)
    assert values["KZ_XB"] == "2"
    (tmp_path / "permit.xml").write_bytes(as_xml(values | {"ZZBH": uuid4().hex}))
    basis = [
        part for text in (PERMIT.matter, PERMIT.case, PERMIT.legal_basis, PERMIT.officer) for part in ("--basis", text)
    ]
    at_desk = ("--address", city.address, "--credentials", city.departments / "residence-desk", "--trust", city.trust)
    said = yici("license", "issue", "residence_permit", "permit.xml", *at_desk, *basis, cwd=tmp_path)
    assert not (tmp_path / ".yici").exists()
    assert "permit.sd-jwt" in said
    checked = check_license((tmp_path / "permit.sd-jwt").read_text(), TrustBundle.load(city.trust), datetime.now(UTC))
    assert checked.license["license"]["sex"] == "female"


async def test_metadata_goes_alone_and_is_refused_by_its_item(city: City) -> None:
    from yici.registry.v1 import license_pb2 as pb

    from exchange.services.wire.asking import basis_message

    values = await asyncio.to_thread(exported, city) | {"ZZBH": uuid4().hex}

    async with desk(city) as client:
        for changed, more, field in (
            ({"KZ_XB": "female"}, {}, "KZ_XB"),
            ({"ZZLXDM": "x"}, {}, "ZZLXDM"),
            ({}, {"number": "x"}, "number"),
        ):
            draft = pb.LicenseDraft(metadata=as_xml(values | changed), **more)
            request = pb.IssueLicenseRequest(basis=basis_message(PERMIT), type="residence_permit", draft=draft)
            error = await refused(client._ask("IssueLicense", request, pb.IssueLicenseResponse))
            assert (error.reason, error.field) == ("INVALID_REQUEST", field)
        with pytest.raises(ExchangeError, match="no such license type"):
            await client.issue_from_metadata(PERMIT, "nothing", as_xml(values))


async def test_a_licenses_history_says_when_who_and_why(city: City) -> None:
    async def run() -> str:
        held = await issued(city)
        async with desk(city) as client:
            held = await client.change(PERMIT, held, Change.SUSPEND, "证件遗失")
            return (await client.change(PERMIT, held, Change.RESUME, "已找回")).identifier

    identifier = await run()
    about = ("license", "state", identifier, "--why", "核对", "--data", city.data)
    told = json.loads(yici(*about, "--json"))
    assert (told["state"], told["revision"]) == (LicenseState.VALID, 3)
    assert [(item["event"], item["state"], item["revision"], item["officer"]) for item in told["history"]] == [
        ("ISSUED", "valid", 1, PERMIT.officer),
        ("SUSPEND", "suspended", 2, PERMIT.officer),
        ("RESUME", "valid", 3, PERMIT.officer),
    ]
    assert [item["why"] for item in told["history"]][1:] == ["证件遗失", "已找回"]
    assert sorted(item["entry"] for item in told["history"]) == [item["entry"] for item in told["history"]]
    shown = yici(*about, lang="zh")
    assert "暂停" in shown
    assert "证件遗失" in shown
