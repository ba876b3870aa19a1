"""Tests of leaves: written from typed facts, and read by the rules of the published format."""

from typing import Any

import orjson
import pytest
import rfc8785

from keys.errors import MalformedError, UndecidedError
from keys.leaf.commitments import commit_to_all, opens
from keys.leaf.facts import Commitments, LeafFacts, RegisterFacts
from keys.leaf.reading import read_leaf
from keys.leaf.writing import MAX_LEAF, stamp, stamp_of, write_leaf
from tests.support.leaves import ANSWERED, AT, DIGEST, EXAMPLES


def written(facts: LeafFacts, commitments: Commitments | None = None) -> bytes:
    return stamp(write_leaf(facts, commitments or Commitments()), stamp_of(AT))


def changed(**fields: Any) -> bytes:
    """Return an answer's leaf with fields that the writer never writes; None removes a field."""
    leaf = orjson.loads(written(ANSWERED)) | fields
    return rfc8785.dumps({name: value for name, value in leaf.items() if value is not None})


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_leaf_of_each_kind_is_read_as_it_was_written(name: str) -> None:
    commitments = commit_to_all(b"s" * 64, ("citizen_id:1", "李晓雯", "2026-1", DIGEST), b"p" * 16)
    data = written(EXAMPLES[name], commitments)
    found = read_leaf(data)
    assert (found.at, found.facts, found.commitments) == (AT, EXAMPLES[name], commitments)
    assert type(found.facts) is type(EXAMPLES[name])
    assert data == rfc8785.dumps(orjson.loads(data))


def test_an_empty_field_is_absent() -> None:
    assert b'""' not in written(EXAMPLES["stranger"])
    assert set(orjson.loads(written(EXAMPLES["stranger"]))) == {"v", "at", "kind", "decision", "reason", "subjects"}


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "verify", "decision": "permit", "reason": "GRANTED"},
        ANSWERED._replace(kind="exchange.verify"),
        ANSWERED._replace(kind="license.issue"),
        RegisterFacts("ledger.clock", "permit", "ADDED"),
        ANSWERED._replace(fields=("f" * 100,) * 50),
    ],
)
def test_the_writer_refuses_other_kinds_and_leaves_too_long(facts: Any) -> None:
    with pytest.raises(MalformedError, match="leaf: "):
        write_leaf(facts, Commitments())


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (changed(mood="good"), "a verify entry has no field 'mood'"),
        (changed(row_digest=DIGEST), "has no field 'row_digest'"),
        (changed(kind="exchange.verify"), "kind must be"),
        (changed(kind=["verify"]), "kind must be"),
        (changed(v=0), "v must be 1"),
        (changed(v=True), "v must be 1"),
        (changed(v=None), "v must be 1"),
        (changed(at=None), "at is missing"),
        (changed(at="2026-03-01T08:00:00Z"), "at must be a time in UTC"),
        (changed(at="2026-13-01T08:00:00.000Z"), "at must be a time"),
        (changed(decision="allow"), "decision must be one of"),
        (changed(agency="a"), "agency must be a unified"),
        (changed(agency=""), "agency must be a unified"),
        (changed(answer="AB" * 32), "answer must be a SHA-256"),
        (changed(answer=None), "answer is missing"),
        (changed(officer=DIGEST + "\n"), "officer must be a SHA-256"),
        (changed(subjects=0), "subjects must be a whole number"),
        (changed(subjects=1.5), "subjects must be a whole number"),
        (changed(subjects=True), "subjects must be a whole number"),
        (changed(fields=[]), "fields must be 1 to"),
        (changed(fields=["a", 1]), "fields must be 1 to"),
        (changed(decision="deny", reason="NO_GRANT"), "a refusal has no basis"),
        (written(EXAMPLES["burst"]).replace(b'"deny"', b'"permit"'), "the decision of a call.burst entry is deny or fail"),
        (written(EXAMPLES["burst"]).replace(b'"refusals":17,', b""), "refusals is missing"),
        (written(EXAMPLES["register"]).replace(b',"version":2', b""), "version and row_digest belong together"),
        (written(EXAMPLES["person"]).replace(b'"certificate"', b'"name"'), "person must be certificate or token"),
        (written(EXAMPLES["person"]).replace(b'"start"', b'"begin"'), "clock must be start, pause, resume or stop"),
        (written(EXAMPLES["person"]).replace(b'"days":10,', b'"days":0,'), "days must be a whole number"),
        (written(EXAMPLES["person"]).replace(b'"permit"', b'"deny"'), "a refusal has no source"),
        (written(ANSWERED).replace(b",", b", ", 1), "canonical"),
        (written(ANSWERED).replace(b'"v":1', b'"v":2,"v":1'), "canonical"),
        (b"[]", "must be a JSON object"), (b"{", "not JSON"), (b"\xff", "not JSON"), (b"", "not JSON"),
    ],
)  # fmt: skip
def test_the_reader_names_what_breaks_the_format(data: bytes, rule: str) -> None:
    with pytest.raises(MalformedError, match=rule):
        read_leaf(data)


def test_a_leaf_of_a_later_version_is_neither_valid_nor_invalid() -> None:
    with pytest.raises(UndecidedError, match="version 2 is not known"):
        read_leaf(changed(v=2, mood="good"))


def test_a_leaf_of_4_kib_is_written_and_none_longer() -> None:
    room = MAX_LEAF - len(written(ANSWERED))
    longest = ANSWERED._replace(system="d" * (len("desk") + room))
    assert len(written(longest)) == MAX_LEAF
    with pytest.raises(MalformedError, match="4097 bytes; at most 4096"):
        write_leaf(longest._replace(system=longest.system + "d"), Commitments())


def test_only_the_committed_values_open_the_commitments() -> None:
    values, salts = ("citizen_id:1", "李晓雯", "", DIGEST), bytes(range(64))
    leaf = orjson.loads(written(ANSWERED, commit_to_all(salts, values, b"")))
    assert "case" not in leaf
    assert opens(leaf, salts, values)
    for other in (("citizen_id:2", *values[1:]), (*values[:2], "2026-1", DIGEST), (*values[:3], "")):
        assert not opens(leaf, salts, other)
    assert not opens(leaf, salts + b"x", values)
    assert not opens(leaf, bytes(64), values)
