"""Nonces: random bytes by which no two requests, and so no two request digests, are equal."""

import os

_BYTES = 16


def new_nonce() -> bytes:
    """A nonce; an answer to a request with it is no answer to an equal request with another."""
    return os.urandom(_BYTES)
