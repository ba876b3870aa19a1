"""Runs ``yici`` as a separate process, and returns its exit code and output."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.support import preloaded

BIN = Path(sys.executable).parent
_SECONDS = 300.0


def run(
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str = "",
    login: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run ``yici`` with arguments; an argument may be bytes that are no UTF-8.

    With ``login``, a user's id, as that login; else as an account of which the host does not know who uses it.

    Raises:
        TimeoutExpired: it takes longer than five minutes.
    """
    command = ["yici", *(os.fsdecode(item) if isinstance(item, bytes) else str(item) for item in arguments)]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        files = [item.fileno() for item in (given, out, err)]
        known = preloaded.NO_LOGIN if login is None else login
        code = preloaded.start(command, files, environment=environment, cwd=cwd, login=known).wait(_SECONDS)
        texts = []
        for printed in (out, err):
            printed.seek(0)
            texts.append(printed.read().decode(errors="replace"))
    return subprocess.CompletedProcess(command, code, *texts)
