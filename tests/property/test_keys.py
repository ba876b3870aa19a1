"""Property tests of keys in random spellings: described ones are found, others are counted."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.reach import KeyCount, count_keys
from registry.identifiers import citizen_check_character, short_citizen_id
from tests.support.sources import CITIZEN, sqlite_source

WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
BLANKS = st.text(" \t\u00a0\u3000\r\n\u200b", max_size=3)
ALLOWED = st.fixed_dictionaries(
    {},
    optional={
        "trim": st.booleans(), "width": st.booleans(), "fifteen_digits": st.booleans(), "padded": st.sampled_from([20, 30])
    },
)  # fmt: skip


@st.composite
def citizen_ids(draw: st.DrawFn) -> str:
    first17 = f"110105{draw(st.integers(1880, 2019))}{draw(st.integers(1, 12)):02}{draw(st.integers(1, 28)):02}"
    first17 += f"{draw(st.integers(1, 999)):03}"
    return first17 + citizen_check_character(first17)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str]:
    key = draw(citizen_ids())
    text = draw(st.sampled_from([key, key, key.lower(), short_citizen_id(key) or key]))
    if draw(st.booleans()):
        text = text.translate(WIDE)
    text = draw(BLANKS) + text + draw(BLANKS)
    return key, text.ljust(draw(st.sampled_from([0, 0, 20, 30])))


@settings(max_examples=150, deadline=None)
@given(st.lists(written(), min_size=1, max_size=4), ALLOWED)
def test_a_record_is_found_or_counted_as_out_of_reach(cells: list[tuple[str, str]], said: dict[str, Any]) -> None:
    async def run() -> tuple[int, KeyCount | None]:
        rows = [(text, f"名{at}", "1", "20200131", "1") for at, (_, text) in enumerate(cells)]
        with TemporaryDirectory() as folder:
            async with sqlite_source(rows, Path(folder), "", **said) as source:
                keys = list(dict.fromkeys(key for key, _ in cells))
                fetched = await source.fetch(CITIZEN, keys, ["name"], 5)
                count = await count_keys(source)
        names = {key: {record["name"] for record in found} for key, found in fetched.records.items()}
        for at, (key, _) in enumerate(cells):
            others = [other for other in names if other != key and f"名{at}" in names[other]]
            assert not others
        return sum(f"名{at}" in names.get(key, ()) for at, (key, _) in enumerate(cells)), count

    found, count = asyncio.run(run())
    assert count is not None
    assert count.total == len(cells)
    assert found + count.unreachable == len(cells)
