"""Property tests of proofs, notes, receipts and canonical encodings."""

from contextlib import suppress

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys.encoding import base64url, base64url_decode, canonical_json
from keys.errors import InvalidError, KeysError, MalformedError
from keys.merkle import (
    EMPTY_ROOT,
    Growth,
    consistency_proof,
    fold,
    inclusion_proof,
    leaf_hash,
    levels_of,
    node_hash,
    verify_inclusion,
)  # fmt: skip
from keys.notes import Checkpoint, NoteKey, NoteSigner, open_checkpoint, sign_note, verify_note
from keys.receipt import Receipt
from keys.sdjwt import SdJwt
from keys.suites import SUITES
from tests.support.consistency import verify_consistency

LEAVES = [leaf_hash(number.to_bytes(4)) for number in range(300)]


def root_of(leaves: list[bytes]) -> bytes:
    """Return MTH exactly as in RFC 6962 2.1, without optimizations."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def node(level: int, index: int) -> bytes:
    return root_of(LEAVES[index << level : (index + 1) << level])


def frontier_of(size: int) -> list[bytes]:
    return [node(level, (size >> level) - 1) for level in levels_of(size)]


@given(st.integers(0, 150), st.integers(1, 150))
def test_a_grown_tree_is_the_tree_and_its_fresh_proofs_hold(size: int, batch: int) -> None:
    growth = Growth(size, frontier_of(size), LEAVES[size : size + batch])
    assert growth.root == root_of(LEAVES[: size + batch])
    assert growth.frontier == frontier_of(size + batch)
    for index in (size, size + batch // 2, size + batch - 1):
        proof = growth.proof(index)
        assert proof == inclusion_proof(index, growth.size, node)
        verify_inclusion(index, growth.size, LEAVES[index], proof, growth.root)


@given(st.integers(1, 250), st.integers(0, 49))
def test_consistency_holds_and_only_for_the_true_roots(old: int, more: int) -> None:
    size = old + more
    proof = consistency_proof(old, size, node)
    old_root, root = root_of(LEAVES[:old]), root_of(LEAVES[:size])
    verify_consistency(old, size, old_root, root, proof)
    with pytest.raises(InvalidError):
        verify_consistency(old, size, node_hash(old_root, old_root), root, proof)


@given(st.integers(1, 250), st.data())
def test_a_proof_for_another_place_leaf_or_tree_does_not_hold(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(index, size, node), root_of(LEAVES[:size])
    other = data.draw(st.integers(0, size).filter(lambda number: number != index))
    for attempt in (
        (other, LEAVES[index], proof),
        (index, LEAVES[other], proof),
        (index, LEAVES[index], [*proof, root]),
    ):
        with pytest.raises(InvalidError):
            verify_inclusion(attempt[0], size, attempt[1], attempt[2], root)


def test_nothing_can_be_concluded_from_an_empty_tree() -> None:
    with pytest.raises(InvalidError):
        verify_consistency(0, 5, EMPTY_ROOT, root_of(LEAVES[:5]), [])
    assert fold([]) == EMPTY_ROOT


_TEXT = st.text(st.characters(codec="utf-8"))
_NAMES = st.text(st.characters(max_codepoint=0xD7FF))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_NAMES, inner),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first draw builds a table of all characters
@given(st.dictionaries(_NAMES, _VALUES))
def test_canonical_bytes_are_those_of_another_rfc_8785_library(value: dict[str, object]) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [{"\ue000": 1}, {"a": 1.5}, {"a": 2**53}, {"a": b"x"}, {"a": "\ud800"}])
def test_values_without_canonical_form_are_refused(value: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        canonical_json(value)


@given(st.binary(max_size=64))
def test_base64url_has_one_spelling(data: bytes) -> None:
    text = base64url(data)
    assert base64url_decode(text, "x") == data
    for other in (text + "=", text + "\n", " " + text):
        with pytest.raises(MalformedError):
            base64url_decode(other, "x")


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1),
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])), max_size=3),
)
def test_a_signed_note_gives_back_its_text(first: str, more: list[str]) -> None:
    signer = NoteSigner("n", SUITES["EdDSA"].generate())
    text = "\n".join([first, *[line or "-" for line in more]]) + "\n"
    assert verify_note(sign_note(text, [signer]), [signer.key])[0] == text


@given(st.binary(max_size=300), st.integers(0, 2**62), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_a_receipt_reads_as_it_was_written(leaf: bytes, index: int, proof: list[bytes]) -> None:
    receipt = Receipt(leaf, index, proof, "origin\n1\nroot\n\n— n AAAA\n")
    assert Receipt.parse(receipt.text) == receipt


@settings(max_examples=300)
@given(
    st.text(max_size=200) | st.binary(max_size=200).map(lambda data: base64url(data) + "." + base64url(b"{}") + ".AA~")
)
def test_parsers_have_a_result_for_any_input(text: str) -> None:
    for parser in (SdJwt.parse, Receipt.parse, lambda note: verify_note(note, [])):
        try:
            parser(text)
        except KeysError:
            continue


_ORIGINS = st.from_regex(r"[a-z][a-z0-9.]{0,30}/[a-z0-9]{1,20}", fullmatch=True)


@given(_ORIGINS, st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_checkpoints_come_back_and_only_with_the_key_that_signed_them(origin: str, size: int, root: bytes) -> None:
    signer, other = (NoteSigner(origin, SUITES["EdDSA"].generate()) for _ in range(2))
    made = Checkpoint(origin, size, root)
    assert Checkpoint.parse(made.text) == made
    note = sign_note(made.text, [signer])
    assert open_checkpoint(note, [other.key, signer.key]) == made
    with pytest.raises(KeysError):
        open_checkpoint(note, [other.key])


@given(_ORIGINS)
def test_verifier_keys_come_back(origin: str) -> None:
    key = NoteSigner(origin, SUITES["EdDSA"].generate()).key
    assert NoteKey.parse(key.vkey) == key


@given(_ORIGINS, st.data())
def test_a_verifier_key_with_a_changed_letter_is_invalid_or_different(origin: str, data: st.DataObject) -> None:
    key = NoteSigner(origin, SUITES["EdDSA"].generate()).key
    at = data.draw(st.integers(0, len(key.vkey) - 1))
    bent = key.vkey[:at] + data.draw(st.sampled_from("aB0+/ ")) + key.vkey[at + 1 :]
    if bent == key.vkey:
        return
    with suppress(KeysError):
        assert NoteKey.parse(bent) != key


@given(st.text(max_size=200))
def test_any_text_is_a_checkpoint_or_refused_as_malformed(text: str) -> None:
    with suppress(MalformedError):
        assert Checkpoint.parse(text).text == text
