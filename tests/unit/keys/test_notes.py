import os
from base64 import b64encode

import pytest

from keys.errors import InvalidError, MalformedError
from keys.merkle import leaf_hash
from keys.notes import Checkpoint, NoteKey, NoteSigner, open_checkpoint, sign_note, verify_note
from keys.receipt import Receipt
from keys.suites import SUITES

# The example of the Go project's note package, whose format C2SP adopted.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


def test_a_note_that_others_signed_verifies() -> None:
    text, signed_by = verify_note(NOTE, [NoteKey.parse(VKEY)])
    assert text.startswith("If you think")
    assert [key.vkey for key in signed_by] == [VKEY]


def test_a_changed_note_does_not_verify() -> None:
    with pytest.raises(InvalidError, match="PeterNeumann is wrong"):
        verify_note(NOTE.replace("answer", "remedy"), [NoteKey.parse(VKEY)])


@pytest.mark.parametrize(
    "vkey", ["", "name", "name+00000000+AAAA", VKEY.replace("c74f20a3", "c74f20a4"), VKEY.replace("ARpc", "Apc")]
)
def test_a_key_that_is_not_its_id_is_refused(vkey: str) -> None:
    with pytest.raises(MalformedError):
        NoteKey.parse(vkey)


@pytest.mark.parametrize(
    "note", ["", "text", "text\n\n", "text\n\n— name", "text\n\n— name AAAA\n", "text\n\n- name AAAAAAAA\n", NOTE + "x"]
)
def test_an_invalid_note_is_refused_by_name(note: str) -> None:
    with pytest.raises(MalformedError, match="signed note"):
        verify_note(note, [NoteKey.parse(VKEY)])


def test_a_checkpoint_signed_only_by_another_log_is_refused() -> None:
    ours, other = (NoteSigner(name, SUITES["EdDSA"].generate()) for name in ("a.example/log", "b.example/log"))
    note = sign_note(Checkpoint("a.example/log", 0, bytes(32)).text, [other])
    with pytest.raises(InvalidError, match="its own log"):
        open_checkpoint(note, [ours.key, other.key])


def test_a_rotated_key_signs_beside_the_old_one_and_either_is_enough() -> None:
    old, new = (NoteSigner("a.example/log", SUITES["EdDSA"].generate()) for _ in range(2))
    note = sign_note(Checkpoint("a.example/log", 7, bytes(32)).text, [new, old])
    assert open_checkpoint(note, [old.key]).size == 7
    assert open_checkpoint(note, [new.key]).size == 7


@pytest.mark.parametrize("text", ["o\n1\n", "o\n01\n" + "A" * 43 + "=\n", "o\n1\nAAAA\n", "\n1\n" + "A" * 43 + "=\n"])
def test_a_broken_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(MalformedError, match="checkpoint"):
        Checkpoint.parse(text)


def test_a_note_and_a_receipt_hold_sixteen_signatures_of_five_kilobytes() -> None:
    log = NoteSigner("log", SUITES["EdDSA"].generate())
    text = f"log\n1\n{b64encode(leaf_hash(b'{}')).decode()}\n"
    others = "".join(f"— witness{at} {b64encode(os.urandom(5000)).decode()}\n" for at in range(15))
    note = sign_note(text, [log]) + others
    assert verify_note(note, [log.key])[1] == [log.key]
    receipt = Receipt.parse(f"c2sp.org/tlog-proof@v1\nextra e30=\nindex 0\n\n{note}")
    assert receipt.verify([log.key]).size == 1


def test_half_a_character_is_no_text_of_a_note() -> None:
    for wrong in (NOTE.replace("If", "\ud800"), NOTE.replace("— Peter", "— \ud800")):
        with pytest.raises(MalformedError):
            verify_note(wrong, [NoteKey.parse(VKEY)])
    with pytest.raises(MalformedError):
        NoteKey.parse(VKEY.replace("Peter", "\ud800"))
