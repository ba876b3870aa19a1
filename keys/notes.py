r"""C2SP signed notes, checkpoints and verifier keys (vkeys).

A note is text, a blank line and signature lines ``— name base64(keyid ‖ signature)``. A checkpoint's text is
``origin\nsize\nbase64(root)\n``. Ed25519 keys have type 01; a key id is SHA-256(name ‖ 0A ‖ type ‖ key)[:4].
"""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from keys.encoding import base64_decode
from keys.errors import InvalidError, MalformedError
from keys.merkle import HASH_BYTES
from keys.suites import Signer, Verifier, ed25519_public

_ED25519 = b"\x01"
_RAW_KEY = 32
_SPKI_PREFIX = 12
_ID_BYTES = 4
_MAX_NAMED = 3
"""The most signers that an error names."""
_MAX_NOTE = 256 * 1024  # 16 signatures of 5 kB, and the same for the text
_NAME = re.compile(r"[^\s+]{1,255}")
_SIGNATURE = re.compile(r"— ([^\s+]+) (\S+)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key for signed notes, with the name under which it signs."""

    name: str
    verifier: Verifier

    @property
    def raw(self) -> bytes:
        """The key's 32 bytes."""
        return self.verifier.spki[_SPKI_PREFIX:]

    @property
    def key_id(self) -> bytes:
        """The four bytes before each of its signatures."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The vkey: ``name+hex(keyid)+base64(type ‖ key)``."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.raw).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> "NoteKey":
        """Parse a vkey.

        Raises:
            MalformedError: a wrong form, an unsupported key type, or an id that does not match the key.
        """
        name, separator, rest = vkey.partition("+")
        hint, _, encoded = rest.partition("+")
        key = base64_decode(encoded, "vkey")
        if (
            not separator
            or not _NAME.fullmatch(name)
            or not _is_unicode(name)
            or key[:1] != _ED25519
            or len(key) != 1 + _RAW_KEY
        ):
            raise MalformedError("vkey: must be name+keyid+key with an Ed25519 key")
        found = cls(name, ed25519_public(key[1:]))
        if hint != found.key_id.hex():
            raise MalformedError("vkey: the key id is not this key's")
        return found


class NoteSigner:
    """Signs notes with one Ed25519 key and one name."""

    def __init__(self, name: str, signer: Signer) -> None:
        if not _NAME.fullmatch(name):
            raise MalformedError("note key name: must have no space and no '+'")
        self.key = NoteKey(name, signer.verifier)
        self._sign = signer.sign
        self._key_id = self.key.key_id

    def sign(self, text: str) -> str:
        """Return the signature line for ``text``, which ends with a newline."""
        signature = base64.b64encode(self._key_id + self._sign(text.encode())).decode()
        return f"— {self.key.name} {signature}\n"


def sign_note(text: str, signers: Iterable[NoteSigner]) -> str:
    """Return ``text``, which must end with a newline, as a signed note."""
    return text + "\n" + "".join(signer.sign(text) for signer in signers)


def verify_note(note: str, known: Sequence[NoteKey]) -> tuple[str, list[NoteKey]]:
    """Split a note and verify it with the known keys.

    Returns:
        The text and the known keys that signed it, at least one.

    Raises:
        MalformedError: not a signed note.
        InvalidError: no known key signed it, or a known key's signature is wrong.
    """
    text, signatures = _split_note(note)
    signed_by = []
    for name, blob in signatures:
        for key in known:
            if key.name == name and key.key_id == blob[:_ID_BYTES]:
                if not key.verifier.verify(blob[_ID_BYTES:], text.encode()):
                    raise InvalidError(f"signed note: the signature of {name} is wrong")
                signed_by.append(key)
    if not signed_by:
        said, trusted = _names(name for name, _ in signatures), _names(key.name for key in known)
        raise InvalidError(f"signed note: of {said}, by no key that is trusted here; the trusted ones are of {trusted}")
    return text, signed_by


def _names(found: Iterable[str]) -> str:
    names = sorted(set(found))
    return ", ".join(names[:_MAX_NAMED]) or "-"


def _split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > _MAX_NOTE:
        raise MalformedError(f"signed note: longer than {_MAX_NOTE} characters")
    if _CONTROL.search(note) or not _is_unicode(note):
        raise MalformedError("signed note: a control character, or half of one")
    text, separator, block = note.rpartition("\n\n")
    lines = block.split("\n")
    if not separator or lines.pop() or not lines:
        raise MalformedError("signed note: text, a blank line and signature lines are required")
    signatures = []
    for line in lines:
        match = _SIGNATURE.fullmatch(line)
        if match is None:
            raise MalformedError("signed note: a signature line must be '— name base64'")
        blob = base64_decode(match[2], "signed note signature")
        if len(blob) <= _ID_BYTES:
            raise MalformedError("signed note: a signature is too short")
        signatures.append((match[1], blob))
    return text + "\n", signatures


def _is_unicode(text: str) -> bool:
    """Return whether a text can be encoded as UTF-8, that is, has no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: a log ``origin`` of ``size`` entries with Merkle root ``root``."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Parse a checkpoint's text; extension lines are allowed and ignored.

        Raises:
            MalformedError: names the line that breaks the format.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):  # noqa: PLR2004  # origin, size, root and the closing newline
            raise MalformedError("checkpoint: origin, size and root lines are required, and none may be empty")
        if not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
            raise MalformedError("checkpoint: size must be a decimal number without leading zeros")
        root = base64_decode(lines[2], "checkpoint root")
        if len(root) != HASH_BYTES:
            raise MalformedError("checkpoint: root must be 32 bytes")
        return cls(lines[0], int(lines[1]), root)


def open_checkpoint(note: str, known: Sequence[NoteKey]) -> Checkpoint:
    """Verify a signed checkpoint with the keys of its origin, and return it.

    Raises:
        MalformedError: not a signed checkpoint.
        InvalidError: not signed by a known key whose name is the checkpoint's origin.
    """
    text, signed_by = verify_note(note, known)
    checkpoint = Checkpoint.parse(text)
    if all(key.name != checkpoint.origin for key in signed_by):
        raise InvalidError("checkpoint: its own log has not signed it")
    return checkpoint
