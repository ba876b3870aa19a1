"""Nonces: random bytes that make every request, and so its digest, unique."""

import os

_BYTES = 16


def new_nonce() -> bytes:
    """Return a nonce, which binds an answer to one of several otherwise equal requests."""
    return os.urandom(_BYTES)
