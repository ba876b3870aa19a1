"""The quickstart: a node with one agency, CSV file and grant, and one query with its answer."""

import asyncio
import re
import subprocess
import sys
import time
from importlib.resources import as_file, files
from pathlib import Path

from exchange.cli.evidence import show
from exchange.cli.evidence_files import check_file
from exchange.cli.language import chinese
from exchange.cli.steps import step
from exchange.cli.tables import Column, Row, Said, heading, show_rows
from exchange.cli.texts import called, console, mark, say
from exchange.demo.local import LocalNode
from exchange.demo.seals import AUTHORITY, MAKER, make_seals
from exchange.node.wiring.host import at_host
from keys.evidence import Verdict
from keys.sdjwt import SdJwt
from registry.errors import RuleError

_ORIGIN = "quickstart.yici.example/ledger"
_CONNECTION = """
[connections.residents]
kind = "file"
folder = "drops"
"""
_FILES = {
    "registers.yaml": "registers.yaml", "grants.yaml": "grants.yaml", "residents.yaml": "datasets/residents.yaml",
    "residents.csv": "drops/residents.csv", "ask.py": "ask.py",
}  # fmt: skip
_SYSTEMS = "desk", AUTHORITY, MAKER
_ASK_SECONDS = 30.0
_CHINESE = re.compile("[\u4e00-\u9fff]")
_RESULTS = (Column("field", "claim about"), Column("result", "answer"))
_WORDS = {
    "match": (mark("match"), "green"),
    "mismatch": (mark("mismatch"), "red"),
    "unknown": (mark("unknown"), "yellow"),
}


async def start(data: Path) -> None:
    """Create a node in ``data``, send a query, check the evidence, and print where everything is.

    Raises:
        RuleError: the folder is not empty, or a step failed; says which.
    """
    if data.exists() and any(data.iterdir()):
        raise RuleError(
            str(data),
            "must be empty or new: name another folder with --data, or run the node of this one by yici serve",
        )
    began, node = time.monotonic(), LocalNode(data)
    try:
        await _make(node)
        with step("Node started (yici serve)"):
            await node.start_node()
        with step("Question asked (ask.py)"):
            await asyncio.to_thread(_ask, node)
        _show_answer(node)
    finally:
        with step("Node stopped (yici stop)"):
            await node.stop()
    _show_what_is_where(data, time.monotonic() - began)


async def _make(node: LocalNode) -> None:
    with step("Keys, certificates, PostgreSQL (yici init)"):
        await node.make(_ORIGIN, extra=_CONNECTION)
    with step("A CSV of three people, and what its columns mean"):
        _copy(node.data)
    with step("One agency, its systems and matters (yici catalog load)"):
        await node.load([node.data / "registers.yaml", node.data / "datasets" / "residents.yaml"])
    with step("One grant (yici grant add)"):
        await node.load([node.data / "grants.yaml"], "grants")
    with step("The systems' keys and certificates (yici system request, enrol)"):
        async with at_host(node.settings) as host:
            for system in _SYSTEMS:
                await node.enrol_at(host, system)
    with step("The agency's seal (yici seal apply, approve, make)"):
        async with at_host(node.settings) as host:
            await make_seals(host, node.certificate, set((await host.read()).agencies), set())
    with step("What checks the answers (yici trust export)"):
        await node.export_trust()


def _copy(data: Path) -> None:
    with as_file(files("exchange") / "demo" / "quickstart") as shipped:
        for name, where in _FILES.items():
            (data / where).parent.mkdir(exist_ok=True)
            text = (shipped / name).read_text(encoding="utf-8")
            (data / where).write_text("".join(filter(_in_language, text.splitlines(keepends=True))), encoding="utf-8")


def _in_language(line: str) -> bool:
    """Return whether a line is no comment of its own, or one in the user's language."""
    return not line.startswith("# ") or bool(_CHINESE.search(line)) is chinese()


def _ask(node: LocalNode) -> None:
    command = [sys.executable, str(node.data / "ask.py")]
    found = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_ASK_SECONDS)  # noqa: S603  # a program of this project
    if found.returncode:
        raise RuleError("ask.py", found.stderr.strip().rpartition("\n")[2] or "failed")


def _show_answer(node: LocalNode) -> None:
    answer = node.data / "evidence" / "answer.sd-jwt"
    checked = check_file(answer, node.trust)
    console().print()
    show_rows(_RESULTS, map(_result, SdJwt.parse(answer.read_text(encoding="ascii")).unverified["results"]))
    console().print()
    show(answer, checked)
    console().print()
    if checked.verdict is not Verdict.VALID:
        raise RuleError(str(answer), "the evidence does not hold")


def _result(item: dict[str, str]) -> Row:
    text, colour = _WORDS[item["result"]]
    return {"field": item["field"], "result": Said(item["result"], say(text), colour)}


def _show_what_is_where(data: Path, seconds: float) -> None:
    console().print()
    heading(say(f"Made in {data} in {seconds:.0f} s"))
    made = Column("path", "file"), Column("what", "what it is")
    show_rows(made, [{"path": path, "what": say(what)} for path, what in _MADE.items()])
    console().print()
    heading(say("Next"))
    for command, purpose in (
        (f"{called()} serve --data {data}", mark("run the node again")),
        (f"{sys.executable} {data / 'ask.py'}", mark("ask again, in another terminal; change the CSV or the claims first")),
        (f"{called()} evidence check {data}/evidence/answer.sd-jwt --trust {data}/trust", mark("check the evidence, offline")),
        (f"{called()} ledger search --data {data}", mark("see who asked what")),
        (f"{called()} grant list --data {data}", mark("see what is granted")),
    ):  # fmt: skip
        console().print(f"  [bold]{command}[/]\n      {say(purpose)}", soft_wrap=True)
    console().print(say("Your own data: docs/connect-a-department.md. The registers: docs/registers.md."), soft_wrap=True)  # fmt: skip


_MADE = {
    "yici.toml": mark("the node's settings, explained"),
    "registers.yaml": mark("the agency, its systems, their matters"),
    "grants.yaml": mark("the grant"),
    "datasets/residents.yaml": mark("what the CSV's columns mean"),
    "drops/residents.csv": mark("the data"),
    "departments/": mark("the systems' keys and certificates"),
    "ask.py": mark("the question"),
    "evidence/": mark("the answer and its receipt"),
    "trust/": mark("what checks them"),
}
