"""The page that checks QR codes of licenses: /check#CODE, without sending the part after #.

The page's script puts the code into a form and posts it; without scripts, users paste it. The page uses nothing of
third parties, and its policy (CSP) permits none.
"""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from exchange.licensing.code_check import CheckedCode, StatusOf, check_code
from keys.errors import KeysError
from keys.evidence import Verdict
from keys.statuslist import Status
from keys.trust import TrustBundle
from registry.china import CHINA

_MAX_BYTES, _SECONDS = 16 * 1024, 10.0
_PAGE = (files("exchange.node") / "check_page.html").read_text(encoding="utf-8")
_VERDICTS = {
    Verdict.VALID: ("valid", "有效", "Valid"),
    Verdict.INVALID: ("invalid", "无效", "Not valid"),
    Verdict.UNDECIDED: ("undecided", "无法判定", "Cannot be decided"),
}
_MARKS = {Verdict.VALID: "✓", Verdict.INVALID: "✗", Verdict.UNDECIDED: "?"}
_STEPS = {
    "format": "格式",
    "seal": "颁发机构印章",
    "certificate": "颁发时证书有效",
    "period": "有效期内",
    "status": "证照状态",
}
_STATES = {Status.VALID: "正常", Status.INVALID: "已注销、撤销或失效", Status.SUSPENDED: "暂停"}

TrustOf = Callable[[], Awaitable[TrustBundle]]
"""Returns the node's trust bundle."""


class CheckPage:
    """The handler of /check: GET returns the page, POST checks a code."""

    def __init__(self, status_uri: str, trust: TrustOf, status_of: StatusOf) -> None:
        self._status_uri = status_uri
        self._trust = trust
        self._status_of = status_of

    async def answer(self, request: Request) -> Response:
        """Return the page, with the result of a check if a code was posted."""
        if request.method != "POST":
            return _page("电子证照核验", "")
        try:
            async with asyncio.timeout(_SECONDS):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return _page("电子证照核验", _refused("内容未送达。", "The text did not arrive."), 408)
        if body is None:
            return _page("电子证照核验", _refused("内容过长。", "The text is too long."), 413)
        try:
            code = parse_qs(body.decode("ascii", "replace"), max_num_fields=4).get("code", [""])[0]
            found = await check_code(code, await self._trust(), self._status_uri, self._status_of)
        except (KeysError, ValueError):
            return _page("不是证照二维码", _refused("这不是证照二维码。", "This is not the QR code of a license."), 400)
        return _page(f"核验结果：{_VERDICTS[found.checked.verdict][1]}", _shown(found))


async def _body(request: Request) -> bytes | None:
    """Return the posted data, or None if they are longer than a form with a code."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MAX_BYTES:
            return None
    return bytes(body)


def _shown(found: CheckedCode) -> str:
    name, chinese, english = _VERDICTS[found.checked.verdict]
    steps = "".join(f"<li>{_MARKS[item.verdict]} {_STEPS[item.name]}</li>" for item in found.checked.steps)
    rows = []
    if found.essentials:
        said = found.essentials
        end = _day(said.expires_at - 1) if said.expires_at else "长期"
        state = _STATES[found.checked.status] if found.checked.status is not None else "未知"
        rows = [
            ("证照名称", said.name), ("证照标识", said.identifier), ("持证主体", said.holders),
            ("颁发机构", found.issuer), ("二维码生成", _day(said.issued_at)), ("有效期至", end), ("证照状态", state),
        ]  # fmt: skip
    told = "".join(f"<dt>{escape(title)}</dt><dd>{escape(text)}</dd>" for title, text in rows)
    return (
        f'<section class="{name}" role="status"><h1>{_MARKS[found.checked.verdict]} {chinese} '
        f'<small lang="en">{english}</small></h1><dl>{told}</dl><ul>{steps}</ul></section>'
    )


def _refused(chinese: str, english: str) -> str:
    return f'<section class="invalid" role="alert"><p>{chinese} <span lang="en">{english}</span></p></section>'


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, CHINA):%Y-%m-%d}"


def _page(title: str, result: str, status: int = 200) -> Response:
    return HTMLResponse(Template(_PAGE).substitute(title=title, result=result), status, headers=_HEADERS)


def _digest(element: str) -> str:
    """Return the hash by which the policy permits an element of the page."""
    text = _PAGE.split(f"<{element}>")[1].split(f"</{element}>")[0]
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": f"default-src 'none'; style-src {_digest('style')}; script-src {_digest('script')}; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
