"""SM3 (GB/T 32905), the national digest."""

from cryptography.hazmat.primitives import hashes


def sm3(data: bytes) -> bytes:
    """The 32 bytes of a digest."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()
