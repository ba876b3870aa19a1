import stat
from pathlib import Path

import pytest

from keys.errors import KeyStoreError
from keys.store import SoftwareKeyStore


def test_private_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    SoftwareKeyStore(tmp_path).create("seal", "ES256")
    path = tmp_path / "seal.key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(KeyStoreError, match="0600"):
        SoftwareKeyStore(tmp_path).signer("seal")


def test_a_password_encrypts_keys_at_rest(tmp_path: Path) -> None:
    SoftwareKeyStore(tmp_path, b"secret").create("seal", "ES256")
    assert b"ENCRYPTED" in (tmp_path / "seal.key.pem").read_bytes()
    assert SoftwareKeyStore(tmp_path, b"secret").signer("seal").algorithm == "ES256"
    for password in (None, b"wrong"):
        with pytest.raises(KeyStoreError, match="password"):
            SoftwareKeyStore(tmp_path, password).signer("seal")


@pytest.mark.parametrize("name", ["", "../x", "A", "a b", "x" * 101])
def test_a_key_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyStoreError, match="key name"):
        SoftwareKeyStore(tmp_path).create(name, "ES256")


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    store = SoftwareKeyStore(tmp_path)
    first = store.create("seal", "ES256").verifier.spki
    with pytest.raises(KeyStoreError, match="taken"):
        store.create("seal", "ES256")
    assert store.signer("seal").verifier.spki == first
    assert store.names() == ["seal"]


def test_a_key_is_gone_although_a_crash_interrupts_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: object) -> None:
        raise OSError("broken by the test")

    store = SoftwareKeyStore(tmp_path)
    store.create("kept", "ES256")
    store.create("seal", "ES256")
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", crash)
        with pytest.raises(OSError, match="broken"):
            store.destroy("seal")
    assert store.names() == ["kept"]
    with pytest.raises(KeyStoreError, match="not in this store"):
        store.signer("seal")
    store.finish_destroying()
    assert [path.name for path in tmp_path.iterdir()] == ["kept.key.pem"]
