"""The files that a document's manifest lists: each by name, media type and SHA-256."""

from contextlib import suppress
from hashlib import sha256

from keys.encoding import parse_json
from keys.errors import KeysError
from registry.documents.document import File

Listed = tuple[str, str, str]
"""A file's name, media type and SHA-256 in hex."""


def listed_files(manifest: bytes) -> list[Listed] | None:
    """Return the files that a manifest lists, in order; None if it is malformed."""
    with suppress(KeysError, TypeError, KeyError):
        files = parse_json(manifest, "manifest")["files"]
        return [(item["name"], item["media_type"], item["sha256"]) for item in files]
    return None


def listed(file: File) -> Listed:
    """Return a file as a manifest lists it."""
    return file.name, file.media_type, sha256(file.data).hexdigest()
