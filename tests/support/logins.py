"""People at a node's host: logged in by name, or in a shell that no login started."""

import os
import pwd
import subprocess

from tests.support import terminal

QIAN, SUN, LI = 1, 2, 3
"""Three people's logins: accounts that every host has."""


def yici(*arguments: object, login: int | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in English as a login, or as an account of which the host does not know who uses it."""
    values = os.environ | {"YICI_LANG": "en", "TERM": "dumb", "COLUMNS": "200"} | environment
    return terminal.run(*arguments, environment=values, login=login)


def name_of(login: int) -> str:
    """A login's name."""
    try:
        return pwd.getpwuid(login).pw_name
    except KeyError:
        return f"uid {login}"
