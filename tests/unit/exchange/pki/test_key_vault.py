"""Tests that keys and certificates that a crash left incomplete are completed."""

from pathlib import Path

import pytest

from exchange.pki import key_vault, seal_ca
from exchange.pki.key_vault import KeyVault
from exchange.pki.seal_ca import NationalAuthority
from keys.certificates import der
from keys.store import SoftwareKeyStore, replace_file
from registry.agencies import State

FILES = ("tsa.pem", "seal-root.pem", "seal-crl.pem", "seal-maker.pem")


@pytest.fixture
def vault(tmp_path: Path) -> KeyVault:
    """Return the vault of a new node, without the authorities that are created at need."""
    made = KeyVault(tmp_path, SoftwareKeyStore(tmp_path / "keys"), "test.yici.example/ledger")
    made.create(["localhost"])
    made.store.destroy("tsa")
    (made.certificates / "tsa.pem").unlink()
    return made


@pytest.mark.parametrize("last", FILES)
def test_authorities_are_completed_after_a_crash(vault: KeyVault, monkeypatch: pytest.MonkeyPatch, last: str) -> None:
    def complete(vault: KeyVault) -> None:
        vault.tsa()
        NationalAuthority(vault).create()

    def crash(path: Path, data: bytes) -> None:
        if path.name == last:
            raise KeyboardInterrupt
        replace_file(path, data)

    with monkeypatch.context() as patch:
        for module in (key_vault, seal_ca):
            patch.setattr(module, "replace_file", crash)
        with pytest.raises(KeyboardInterrupt):
            complete(vault)
    complete(vault)
    national = NationalAuthority(vault)
    signer, certificate = national.maker()
    assert signer.verifier.spki in certificate
    assert national.root().signer.verifier.spki in der(national.root().certificate)
    assert [item.issuer for item in national.revocation_lists()] == [national.issuer]


def test_a_ledger_key_signs_when_it_is_on_record_and_not_before(vault: KeyVault) -> None:
    states = {"ledger-1": State.ACTIVE}
    name, key = vault.next_ledger_key(states)  # and then a crash
    assert name == "ledger-2"
    assert vault.next_ledger_key(states) == (name, key)
    assert key not in [signer.key for signer in vault.ledger_signers(states)]
    assert vault.ledger_signers(states | {name: State.ACTIVE})[0].key == key
