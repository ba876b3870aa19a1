"""The tax department's REST service: a process with TLS, a bearer token and a batch endpoint.

``python -m exchange.demo.tax_service <tax.sqlite> <port> <token file> <certificate> <key>``
"""

import hmac
import sqlite3
import sys
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_COLUMNS = {
    "payments": {"NSRSBH", "NSRMC", "SKSSQ", "ZSXM_DM", "SJJE", "PZHM"},
    "arrears": {"NSRSBH", "SHXYDM", "SKSSQ", "QJJE"},
}
_KEYS = ("NSRSBH", "SHXYDM")
_MAX_KEYS = 10_000


def make_app(database: Path, token: str) -> Starlette:
    """Return the service over a SQLite file."""
    store = sqlite3.connect(f"file:{database}?mode=ro", uri=True, check_same_thread=False)

    async def look_up(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {token}"):
            return JSONResponse({"error": "unauthorized"}, 401)
        table = request.path_params["table"]
        if table not in _COLUMNS:
            return JSONResponse({"error": "no such resource"}, 404)
        body: dict[str, Any] = await request.json()
        key = next((name for name in _KEYS if name in body and name in _COLUMNS[table]), None)
        columns = [name for name in body.get("columns", ()) if name in _COLUMNS[table]]
        keys = body.get(key or "")
        if key is None or not isinstance(keys, list) or len(keys) > _MAX_KEYS:
            return JSONResponse({"error": "keys"}, 400)
        names = list(dict.fromkeys([key, *columns]))
        marks = ", ".join("?" * len(keys))
        rows = store.execute(f"SELECT {', '.join(names)} FROM {table} WHERE {key} IN ({marks})", keys)
        return JSONResponse({"data": [dict(zip(names, row, strict=True)) for row in rows]})

    return Starlette(routes=[Route("/api/{table}", look_up, methods=["POST"])])


def main() -> None:
    """Serve until stopped."""
    database, port, token, certificate, key = sys.argv[1:]
    app = make_app(Path(database), Path(token).read_text(encoding="ascii").strip())
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(port),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
