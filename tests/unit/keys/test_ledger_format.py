"""Tests of the published leaf format with a third party's validator and plain hashes."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from jsonschema import Draft202012Validator

from keys.errors import KeysError
from keys.leaf.reading import read_leaf

FOLDER = Path(__file__).parents[3] / "docs" / "ledger-format"
SCHEMA = json.loads((FOLDER / "leaf.schema.json").read_text(encoding="utf-8"))
VECTORS = json.loads((FOLDER / "vectors.json").read_text(encoding="utf-8"))
LEAVES = {item["name"]: item for item in VECTORS["leaves"]}
ODD: tuple[Any, ...] = (
    None, True, 0, 1, -1, 1.5, 2**53, "", "x", "X", "verify", "deny", "permit", "fail", "ab" * 32, "ab" * 32 + "\n", "甲" * 201, "113205000000140157",
    "a\u0000b", "2026-03-01T08:00:00.000Z", "2026-03-01T08:00:00Z", [], ["a"], ["a", 1], [["a"]], {}, {"a": 1}, "register.grant", "call.Verify",
)  # fmt: skip
STRANGE: tuple[Any, ...] = (None, "x", 1)
"""Values of members that a kind of leaf has not; none is right."""


def is_read(leaf: dict[str, Any]) -> bool:
    try:
        read_leaf(rfc8785.dumps(leaf))
    except (KeysError, rfc8785.CanonicalizationError):
        return False
    return True


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", LEAVES)
def test_reader_and_schema_agree_on_any_altered_leaf(name: str) -> None:
    validator, leaf = Draft202012Validator(SCHEMA), json.loads(LEAVES[name]["leaf"])
    assert validator.is_valid(leaf)
    assert is_read(leaf)
    agreed = 0
    [of_its_kind] = [item["properties"] for item in SCHEMA["oneOf"] if validator.evolve(schema=item).is_valid(leaf)]
    names = {name for item in SCHEMA["oneOf"] for name in item["properties"]} | {"mood"}
    for field in sorted(names):
        without = {key: value for key, value in leaf.items() if key != field}
        values = ODD if field in of_its_kind else STRANGE
        for changed in (without, *[leaf | {field: value} for value in values]):
            assert validator.is_valid(changed) == is_read(changed), (field, changed.get(field))
            agreed += 1
    assert agreed == len(names) + len(of_its_kind) * len(ODD) + (len(names) - len(of_its_kind)) * len(STRANGE)


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_commits_as_the_page_says(name: str) -> None:
    text, salts = LEAVES[name]["leaf"].encode(), bytes.fromhex(VECTORS["salts"])
    leaf = json.loads(text)
    assert text == rfc8785.dumps(leaf)
    assert LEAVES[name]["hash"] == sha256(b"\x00" + text).hexdigest()
    for at, (value, said) in enumerate(VECTORS["opening"].items()):
        assert leaf[value] == sha256(salts[16 * at : 16 * at + 16] + said.encode()).hexdigest()
    pseudonyms = b"".join(sorted(map(bytes.fromhex, VECTORS["pseudonyms"])))
    assert leaf["subjects_commitment"] == sha256(leaf["subject"].encode() + pseudonyms).hexdigest()


def test_a_row_has_the_digest_that_the_page_says() -> None:
    assert {bool(row["salt"]) for row in VECTORS["rows"]} == {True, False}
    for row in VECTORS["rows"]:
        data = bytes.fromhex(row["salt"]) + rfc8785.dumps(row["content"])
        assert row["row_digest"] == sha256(data).hexdigest()
