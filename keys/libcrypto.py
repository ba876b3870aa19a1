"""SM2 (GB/T 32918) by OpenSSL 3's libcrypto through ctypes, since the cryptography package lacks it.

Every call releases the interpreter's lock, so signatures of several threads run in parallel. Keys are handles that
libcrypto frees with their Python object. Signatures are DER ``SEQUENCE { r, s }``.
"""

import ctypes
import ctypes.util
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from keys.errors import MalformedError, UnsupportedError

_LONGEST = 80
_V3 = 0x30000000
_SPACE = ctypes.c_char_p
_HANDLE = ctypes.c_void_p
_SIZE = ctypes.c_size_t
_FUNCTIONS: dict[str, tuple[Any, Sequence[Any]]] = {
    "OpenSSL_version_num": (ctypes.c_ulong, ()),
    "ERR_clear_error": (None, ()),
    "EVP_PKEY_CTX_new_from_name": (_HANDLE, (_HANDLE, _SPACE, _SPACE)),
    "EVP_PKEY_CTX_new": (_HANDLE, (_HANDLE, _HANDLE)),
    "EVP_PKEY_CTX_free": (None, (_HANDLE,)),
    "EVP_PKEY_CTX_set1_id": (ctypes.c_int, (_HANDLE, _SPACE, _SIZE)),
    "EVP_PKEY_keygen_init": (ctypes.c_int, (_HANDLE,)),
    "EVP_PKEY_generate": (ctypes.c_int, (_HANDLE, ctypes.POINTER(_HANDLE))),
    "EVP_PKEY_is_a": (ctypes.c_int, (_HANDLE, _SPACE)),
    "EVP_PKEY_free": (None, (_HANDLE,)),
    "EVP_MD_fetch": (_HANDLE, (_HANDLE, _SPACE, _SPACE)),
    "EVP_CIPHER_fetch": (_HANDLE, (_HANDLE, _SPACE, _SPACE)),
    "EVP_CIPHER_free": (None, (_HANDLE,)),
    "EVP_MD_CTX_new": (_HANDLE, ()),
    "EVP_MD_CTX_free": (None, (_HANDLE,)),
    "EVP_MD_CTX_set_pkey_ctx": (None, (_HANDLE, _HANDLE)),
    "EVP_DigestSignInit": (ctypes.c_int, (_HANDLE, _HANDLE, _HANDLE, _HANDLE, _HANDLE)),
    "EVP_DigestSign": (ctypes.c_int, (_HANDLE, _SPACE, ctypes.POINTER(_SIZE), _SPACE, _SIZE)),
    "EVP_DigestVerifyInit": (ctypes.c_int, (_HANDLE, _HANDLE, _HANDLE, _HANDLE, _HANDLE)),
    "EVP_DigestVerify": (ctypes.c_int, (_HANDLE, _SPACE, _SIZE, _SPACE, _SIZE)),
    "BIO_new_mem_buf": (_HANDLE, (_SPACE, ctypes.c_int)),
    "BIO_new": (_HANDLE, (_HANDLE,)),
    "BIO_s_mem": (_HANDLE, ()),
    "BIO_read": (ctypes.c_int, (_HANDLE, _SPACE, ctypes.c_int)),
    "BIO_free": (ctypes.c_int, (_HANDLE,)),
    "PEM_read_bio_PrivateKey": (_HANDLE, (_HANDLE, _HANDLE, _HANDLE, _SPACE)),
    "PEM_write_bio_PKCS8PrivateKey": (
        ctypes.c_int,
        (_HANDLE, _HANDLE, _HANDLE, _SPACE, ctypes.c_int, _HANDLE, _SPACE),
    ),
    "d2i_PUBKEY": (_HANDLE, (_HANDLE, ctypes.POINTER(_SPACE), ctypes.c_long)),
    "i2d_PUBKEY": (ctypes.c_int, (_HANDLE, _HANDLE)),
}
_MAX_PEM = 8192


class Key:
    """A public or private SM2 key in libcrypto's memory."""

    __slots__ = ("_free", "handle")

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self._free = _library().EVP_PKEY_free

    def __del__(self) -> None:
        self._free(self.handle)


def generate() -> Key:
    """Generate a private key.

    Raises:
        UnsupportedError: this machine's libcrypto does not support SM2.
    """
    library = _library()
    context = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    found = _HANDLE()
    try:
        if library.EVP_PKEY_keygen_init(context) != 1 or library.EVP_PKEY_generate(context, ctypes.byref(found)) != 1:
            raise _failed("cannot make a key")
    finally:
        library.EVP_PKEY_CTX_free(context)
    return Key(found.value or 0)


def read_private(pem: bytes, password: bytes | None) -> Key | None:
    """Read a private key from PEM PKCS#8; None if it is of another kind or the password does not open it."""
    library = _library()
    with _memory(pem[:_MAX_PEM]) as memory:
        # An empty password instead of none: without one, libcrypto would prompt at the terminal.
        handle = library.PEM_read_bio_PrivateKey(memory, None, None, password or b"")
    if not handle:
        library.ERR_clear_error()
        return None
    key = Key(handle)
    return key if library.EVP_PKEY_is_a(handle, b"SM2") == 1 else None


def write_private(key: Key, password: bytes | None) -> bytes:
    """Return a key in PEM PKCS#8, encrypted with AES-256 if there is a password."""
    library = _library()
    if password is not None and (not password or b"\x00" in password):
        raise MalformedError("password: at least one byte, none of them zero")
    cipher = None if password is None else library.EVP_CIPHER_fetch(None, b"AES-256-CBC", None)
    if password is not None and not cipher:
        raise _failed("cannot encrypt a key")
    memory = library.BIO_new(library.BIO_s_mem())
    try:
        if library.PEM_write_bio_PKCS8PrivateKey(memory, key.handle, cipher, None, 0, None, password) != 1:
            raise _failed("cannot write a key")
        space = ctypes.create_string_buffer(_MAX_PEM)
        length = library.BIO_read(memory, space, _MAX_PEM)
        return space.raw[:length]
    finally:
        library.BIO_free(memory)
        library.EVP_CIPHER_free(cipher)


def read_public(spki: bytes) -> Key:
    """Read a public key from SubjectPublicKeyInfo.

    Raises:
        MalformedError: not an SM2 key, or its point is not on the curve.
    """
    library = _library()
    pointer = _SPACE(spki)
    handle = library.d2i_PUBKEY(None, ctypes.byref(pointer), len(spki))
    if not handle:
        library.ERR_clear_error()
        raise MalformedError("public key: not an SM2 key")
    key = Key(handle)
    if library.EVP_PKEY_is_a(handle, b"SM2") != 1:
        raise MalformedError("public key: not an SM2 key")
    return key


def write_public(key: Key) -> bytes:
    """Return SubjectPublicKeyInfo in DER."""
    library = _library()
    length = library.i2d_PUBKEY(key.handle, None)
    space = ctypes.create_string_buffer(max(length, 1))
    pointer = ctypes.c_char_p(ctypes.addressof(space))
    if length <= 0 or library.i2d_PUBKEY(key.handle, ctypes.byref(pointer)) != length:
        raise _failed("cannot write a public key")
    return space.raw[:length]


def sign(key: Key, identity: bytes, data: bytes) -> bytes:
    """Return a signature (DER) of data, with SM3 and the signer's distinguishing identity."""
    library = _library()
    with _digesting(key, identity) as context:
        if library.EVP_DigestSignInit(context, None, _sm3(), None, key.handle) != 1:
            raise _failed("cannot sign")
        space, length = ctypes.create_string_buffer(_LONGEST), _SIZE(_LONGEST)
        if library.EVP_DigestSign(context, space, ctypes.byref(length), data, len(data)) != 1:
            raise _failed("cannot sign")
        return space.raw[: length.value]


def verify(key: Key, identity: bytes, signature: bytes, data: bytes) -> bool:
    """Return whether a signature (DER) of data is the key's."""
    library = _library()
    with _digesting(key, identity) as context:
        if library.EVP_DigestVerifyInit(context, None, _sm3(), None, key.handle) != 1:
            raise _failed("cannot verify")
        holds: int = library.EVP_DigestVerify(context, signature, len(signature), data, len(data))
        if holds != 1:
            library.ERR_clear_error()  # another user of this library would see errors left in the queue
        return holds == 1


@contextmanager
def _digesting(key: Key, identity: bytes) -> Iterator[int]:
    library = _library()
    context, inner = library.EVP_MD_CTX_new(), library.EVP_PKEY_CTX_new(key.handle, None)
    try:
        if library.EVP_PKEY_CTX_set1_id(inner, identity, len(identity)) != 1:
            raise _failed("cannot set the identity")
        library.EVP_MD_CTX_set_pkey_ctx(context, inner)
        yield context
    finally:
        library.EVP_MD_CTX_free(context)
        library.EVP_PKEY_CTX_free(inner)


@contextmanager
def _memory(data: bytes) -> Iterator[int]:
    memory = _library().BIO_new_mem_buf(data, len(data))
    try:
        yield memory
    finally:
        _library().BIO_free(memory)


@cache
def _sm3() -> int:
    return int(_library().EVP_MD_fetch(None, b"SM3", None))


@cache
def _library() -> Any:
    name = os.environ.get("YICI_LIBCRYPTO") or ctypes.util.find_library("crypto") or "libcrypto.so.3"
    try:
        library = ctypes.CDLL(name)
        for function, (result, arguments) in _FUNCTIONS.items():
            found = getattr(library, function)
            found.restype, found.argtypes = result, list(arguments)
    except (OSError, AttributeError) as error:
        raise UnsupportedError("SM2 needs OpenSSL 3's libcrypto; YICI_LIBCRYPTO may name where it is") from error
    if library.OpenSSL_version_num() < _V3:
        raise UnsupportedError("SM2 needs libcrypto of OpenSSL 3 or newer; YICI_LIBCRYPTO may name where one is")
    context = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    if not context:
        library.ERR_clear_error()
        raise UnsupportedError("this machine's libcrypto was built without SM2; YICI_LIBCRYPTO may name another")
    library.EVP_PKEY_CTX_free(context)
    return library


def _failed(what: str) -> UnsupportedError:
    _library().ERR_clear_error()
    return UnsupportedError(f"SM2: libcrypto {what}")
