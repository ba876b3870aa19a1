"""The kernel's state of clock synchronization, where it is available."""

import ctypes

_UNSYNCHRONIZED = 0x0040  # STA_UNSYNC
_ERROR = 5  # TIME_ERROR
_REST = 256  # the fields after the status in struct timex, with a margin


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
    """Return ``synchronized``, ``not synchronized`` or ``not told``, by adjtimex without privileges."""
    state = _Timex()
    try:
        found = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state))
    except (OSError, AttributeError):
        return "not told"
    if found < 0:
        return "not told"
    return "not synchronized" if found == _ERROR or state.status & _UNSYNCHRONIZED else "synchronized"
