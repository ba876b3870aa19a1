"""Who is at the host: the kernel's word, where there is one."""

import os
import pwd
from pathlib import Path

import pytest

from exchange.acts.requester import Operator
from exchange.node import login


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("0", Operator(pwd.getpwuid(0).pw_name, True)),
        ("4000000000", Operator("uid 4000000000", True)),  # of no account here, and yet one login
        (str(2**32 - 1), Operator(pwd.getpwuid(os.geteuid()).pw_name, False)),
        ("nonsense", Operator(pwd.getpwuid(os.geteuid()).pw_name, False)),
        (None, Operator(pwd.getpwuid(os.geteuid()).pw_name, False)),
    ],
)
def test_an_operator_is_authenticated_by_the_kernels_login_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, expected: Operator
) -> None:
    monkeypatch.setattr(login, "LOGIN_UID", tmp_path / "loginuid")
    monkeypatch.setenv("LOGNAME", "liar")
    monkeypatch.setenv("USER", "liar")
    monkeypatch.setenv("SUDO_USER", "liar")
    if said is not None:
        (tmp_path / "loginuid").write_text(said)
    assert login.host_operator() == expected


def test_the_kernels_login_is_read_where_linux_keeps_it() -> None:
    assert Path("/proc/self/loginuid") == login.LOGIN_UID
