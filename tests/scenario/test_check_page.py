"""Scenario tests of scanned licenses: a phone opens the node's check page, and discloses nothing."""

import asyncio
import re
import shutil
import subprocess
import time
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pypdfium2
import pytest
import zxingcpp

from exchange.cli.license.checking import check_item
from exchange.demo.city import City
from exchange.pages.qr import qr_png
from keys.evidence import Verdict
from keys.qr import code_of
from registry.licenses.states import Change
from tests.support.permits import PERMIT, issued

SUSPENDED = "暂停"


def scanned(city: City, *, suspended: bool = False) -> str:
    """Return the decoded QR code on the page of a new license."""

    async def run() -> bytes:
        held = await issued(city)
        async with city.license_client("residence-desk") as client:
            page = await client.pdf(PERMIT, held.identifier)
            if suspended:
                await client.change(PERMIT, held, Change.SUSPEND, "持证人报失")
        return page

    with pypdfium2.PdfDocument(asyncio.run(run())) as pdf:
        picture = pdf[0].render(scale=150 / 72).to_pil().convert("L")
    [found] = zxingcpp.read_barcodes(picture)
    return str(found.text)


def posted(url: str, code: str) -> httpx.Response:
    """Post a code like the page's script."""
    return httpx.post(url.partition("#")[0], data={"code": code})


@pytest.fixture(scope="module")
def code(city: City) -> str:
    return scanned(city)


def test_the_code_on_a_page_is_a_url_where_the_node_checks_the_license(city: City, code: str) -> None:
    assert code.partition("#")[0] == f"http://127.0.0.1:{city.http_port}/check"
    got = httpx.get(code)
    assert got.status_code == 200
    assert code_of(code) not in str(got.request.url)  # a browser sends no fragment either
    found = posted(code, code_of(code))
    assert found.status_code == 200
    assert "<h1>✓ 有效" in found.text
    assert "居住证" in found.text
    assert "苏州市公安局" in found.text
    assert posted(code, code).text == found.text  # pasted with its address


def test_the_code_is_checked_offline_from_url_and_picture(city: City, code: str, tmp_path: Path) -> None:
    (tmp_path / "code.png").write_bytes(qr_png(code))
    for item in (code, code_of(code), str(tmp_path / "code.png")):
        found = check_item(item, city.trust, b"", city.data, offline=True)
        assert [step.verdict for step in found.steps[:-1]] == [Verdict.VALID] * (len(found.steps) - 1)
        assert found.verdict is Verdict.UNDECIDED  # its status is not known offline


def test_a_suspended_license_is_caught_by_its_printed_code(city: City) -> None:
    url = scanned(city, suspended=True)
    found = posted(url, code_of(url)).text
    assert "<h1>✗ 无效" in found
    assert SUSPENDED in found


def test_an_invalid_code_is_refused_in_words(city: City, code: str) -> None:
    text = code_of(code)
    bent = text[:300] + ("A" if text[300] != "A" else "B") + text[301:]
    for wrong, status in (("", 400), ("<script>", 400), ("A" * 20_000, 413), ("NCFOXN", 400)):
        found = posted(code, wrong)
        assert found.status_code == status
        assert "<script>" not in found.text.split("<form")[0]
    assert "✓ 有效" not in posted(code, bent).text
    assert httpx.request("PUT", code).status_code == 405


def test_the_page_allows_its_own_script_and_style_and_nothing_else(city: City, code: str) -> None:
    found = httpx.get(code)
    policy = found.headers["content-security-policy"]
    for name in ("script", "style"):
        [text] = re.findall(f"<{name}>(.*?)</{name}>", found.text, re.DOTALL)
        assert f"{name}-src 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert not re.search(r"""(src|href|action)=|fetch|XMLHttp|https?://""", found.text)
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["referrer-policy"] == "no-referrer"


def test_a_check_leaves_no_trace_of_the_code(city: City, code: str) -> None:
    posted(code, code_of(code))
    time.sleep(0.2)
    for log in city.data.glob("*.log"):
        assert code_of(code)[:60] not in log.read_text(encoding="utf-8", errors="replace")


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_browser_that_opens_the_code_shows_the_result(code: str, tmp_path: Path) -> None:
    chromium = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}",
                "--virtual-time-budget=8000", "--dump-dom", code]  # fmt: skip
    found = subprocess.run(chromium, capture_output=True, text=True, timeout=90)
    assert "✓ 有效" in found.stdout
    assert urlsplit(code).fragment[:60] not in found.stdout
