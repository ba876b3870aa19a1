"""Identification of the operator: the login that the kernel keeps, else the process's account.

Linux keeps the user id of a login for auditing (``pam_loginuid``); ``sudo`` and ``su`` do not change it, and only a
privileged process can. A process that no login started, such as a job or a container's shell, has none: its account is
told, which may be any person's.
"""

import os
import pwd
from pathlib import Path

from exchange.acts.requester import Operator

LOGIN_UID = Path("/proc/self/loginuid")
_UNSET = 2**32 - 1


def host_operator() -> Operator:
    """Return the operator who runs this process."""
    uid = _login_uid()
    return Operator(_name(os.geteuid()), False) if uid is None else Operator(_name(uid), True)


def _login_uid() -> int | None:
    try:
        uid = int(LOGIN_UID.read_text())
    except (OSError, ValueError):  # no Linux, or a kernel without auditing
        return None
    return None if uid == _UNSET else uid


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
