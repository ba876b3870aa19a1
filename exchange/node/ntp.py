"""Whether the system keeps its clock by a time server, where it tells."""

import ctypes

_UNSYNCHRONIZED = 0x0040  # STA_UNSYNC
_ERROR = 5  # TIME_ERROR
_REST = 256  # what follows the status in struct timex, and more


class _Timex(ctypes.Structure):
    """The beginning of Linux's struct timex."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * _REST),
    )


def ntp_state() -> str:
    """``synchronized``, ``not synchronized`` or ``not told``, by the kernel (adjtimex reads without any privilege)."""
    state = _Timex()
    try:
        found = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state))
    except (OSError, AttributeError):
        return "not told"
    if found < 0:
        return "not told"
    return "not synchronized" if found == _ERROR or state.status & _UNSYNCHRONIZED else "synchronized"
