"""The digest of a row in its last entry is salted where the row is personal, and only there."""

import pytest

from keys.leaf.commitments import SALT_BYTES, commit_to_row
from registry.content import Row
from registry.ledger.recorded import Recorded

SALT = b"s" * SALT_BYTES


@pytest.mark.parametrize(
    ("register", "salt", "expected"),
    [
        ("grant", b"", True),
        ("grant", SALT, False),
        ("seal", SALT, True),
        ("seal", b"", False),
        ("seal", SALT[:-1], False),
    ],
)
def test_a_row_is_as_recorded_only_with_the_salt_of_its_register(register: str, salt: bytes, expected: bool) -> None:  # noqa: FBT001
    row = Row(register, "1", 1, {"id": "1"})
    assert Recorded(0, commit_to_row(salt, row.canonical), salt).is_of(row) is expected
