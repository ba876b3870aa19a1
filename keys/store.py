"""Key stores: the ``KeyStore`` protocol, and the software store with keys in files.

A key is created and used within its store. The software store has one PKCS#8 PEM file a key, with mode 0600,
encrypted if a password is given; it refuses a file that other users can read.
"""

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from keys.errors import KeyStoreError, MalformedError
from keys.suites import SUITES, Signer, signer_for

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_PRIVATE_MODE = 0o600
_DESTROYED = ".destroyed"
"""The end of the names of files whose keys are destroyed, and which are to be overwritten."""


class KeyStore(Protocol):
    """A store that creates keys and signs with them."""

    def create(self, name: str, algorithm: str) -> Signer:
        """Create a key of a suite (by JOSE name) under a new name.

        Raises:
            KeyStoreError: the name is taken or not allowed, or the suite is unknown.
        """

    def signer(self, name: str) -> Signer:
        """Return the signer of an existing key.

        Raises:
            KeyStoreError: there is no such key, or it cannot be used safely.
        """

    def names(self) -> list[str]:
        """Return all key names, sorted."""

    def destroy(self, name: str) -> None:
        """Delete a key irrevocably; deleting an absent key is not an error."""


class SoftwareKeyStore:
    """A store with one file a key in a folder."""

    def __init__(self, folder: Path, password: bytes | None = None) -> None:
        self._folder = folder
        self._password = password

    def create(self, name: str, algorithm: str) -> Signer:
        """Create a key; its file is durable when this returns."""
        if algorithm not in SUITES:
            raise KeyStoreError(f"algorithm: {algorithm!r} is not one of {', '.join(SUITES)}")
        signer = SUITES[algorithm].generate()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            write_private(self._path(name), signer.pkcs8(self._password))
        except FileExistsError as error:
            raise KeyStoreError(f"key name: {name!r} is taken") from error
        return signer

    def signer(self, name: str) -> Signer:
        """Return the signer of a key; refuse a file that other users can read."""
        path = self._path(name)
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise KeyStoreError(f"key {name!r}: the file must have mode 0600")
            return signer_for(path.read_bytes(), self._password)
        except FileNotFoundError as error:
            raise KeyStoreError(f"key {name!r}: not in this store") from error
        except MalformedError as error:
            raise KeyStoreError(f"key {name!r}: {error}") from error

    def names(self) -> list[str]:
        """Return all key names, sorted."""
        return sorted(path.name.removesuffix(".key.pem") for path in self._folder.glob("*.key.pem"))

    def destroy(self, name: str) -> None:
        """Overwrite the file and remove it; from the first moment on, the store does not have the key."""
        path = self._path(name)
        with suppress(FileNotFoundError):
            path.rename(path.with_name(f"{name}.{secrets.token_hex(4)}{_DESTROYED}"))
        self.finish_destroying()

    def finish_destroying(self) -> None:
        """Overwrite and remove the files of destroyed keys, those that a crash left, too."""
        for path in self._folder.glob(f"*{_DESTROYED}"):
            with suppress(FileNotFoundError):  # another process finishes it
                with path.open("r+b") as file:
                    file.write(bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise KeyStoreError(f"key name: {name!r} must be lower-case letters, digits, '.', '_' or '-'")
        return self._folder / f"{name}.key.pem"


def write_private(path: Path, data: bytes) -> None:
    """Write a secret to a new file of mode 0600, durable when this returns; never replaces a file.

    Raises:
        FileExistsError: the file exists.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)  # the name appears only with the complete file
    finally:
        fresh.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file atomically."""
    fresh = path.with_suffix(f".{os.getpid()}-{secrets.token_hex(4)}.tmp")  # two threads may write the same file
    fresh.write_bytes(data)
    fresh.replace(path)
