"""The SM3 hash function (GB/T 32905)."""

from cryptography.hazmat.primitives import hashes


def sm3(data: bytes) -> bytes:
    """Return the SM3 digest, 32 bytes."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()
