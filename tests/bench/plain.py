"""The plain service, as a team would write it: FastAPI, SQLAlchemy, a JWT and an audit row a call.

``python -m tests.bench.plain <departments url> <port> <certificate> <key>``; run one a worker, they share the port.
"""

import os
import socket
import sys
import time
from typing import Any

import uvicorn
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


class Question(BaseModel):
    """A query about one person."""

    officer: str
    case: str
    citizen_id: str
    name: str


def make_app(url: str) -> FastAPI:
    """Return the service, with a pool of ten connections, a usual size for two workers."""
    app = FastAPI()
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=10, max_overflow=10)
    key = ECKey.generate_key("P-256")

    @app.post("/verify")
    async def verify(question: Question) -> dict[str, Any]:
        async with engine.begin() as connection:
            row = (
                await connection.execute(
                    text("SELECT xm, ryzt FROM rk_jbxx WHERE gmsfhm = :id"), {"id": question.citizen_id}
                )
            ).first()
            result = {"name": bool(row and row.xm == question.name), "status": bool(row and row.ryzt == "0")}
            await connection.execute(
                text("INSERT INTO audit (at, officer, case_number, citizen_id, result) VALUES (now(), :o, :c, :i, :r)"),
                {"o": question.officer, "c": question.case, "i": question.citizen_id, "r": str(result)},
            )
        token = jwt.encode({"alg": "ES256"}, {**result, "iat": int(time.time()), "case": question.case}, key)
        return {"result": result, "token": token}

    return app


def main() -> None:
    """Serve on a shared port."""
    url, port, certificate, key = sys.argv[1:]
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", int(port)))
    config = uvicorn.Config(
        make_app(url), fd=listener.fileno(), ssl_certfile=certificate, ssl_keyfile=key, log_level="warning",
        access_log=False, loop="uvloop",
    )  # fmt: skip
    os.set_inheritable(listener.fileno(), True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
