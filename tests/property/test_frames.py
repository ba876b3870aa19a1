"""Property tests of frames: they arrive complete and in order, however the socket splits them."""

import asyncio
import marshal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from registry.ledger.frames import _LENGTH, _MAX_FRAME, Frames, decode_draft, encode_draft
from registry.ledger.leaf import Entry, Opening, make_draft
from tests.support.ledgers import facts

PLAIN = st.recursive(st.integers() | st.text() | st.binary(), lambda inner: st.lists(inner, max_size=4), max_leaves=20)


class Kept(Frames):
    """Records received frames."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Any] = []

    def took(self, frame: Any) -> None:
        self.frames.append(frame)


class Wire(asyncio.Transport):
    """Records written data, and whether the connection was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.data = b""
        self.cut = False

    def write(self, data: Any) -> None:
        self.data += data

    def is_closing(self) -> bool:
        return self.cut

    def abort(self) -> None:
        self.cut = True


@given(sent=st.lists(PLAIN, max_size=5), cuts=st.lists(st.integers(min_value=1, max_value=40), max_size=60))
def test_frames_arrive_as_they_were_sent(sent: list[Any], cuts: list[int]) -> None:
    wire, near, far = Wire(), Kept(), Kept()
    near.connection_made(wire)
    for frame in sent:
        near.send(frame)
    data = wire.data
    for cut in cuts:
        far.data_received(data[:cut])
        data = data[cut:]
    far.data_received(data)
    assert far.frames == sent


def test_a_frame_that_says_it_is_huge_ends_the_connection() -> None:
    wire, end = Wire(), Kept()
    end.connection_made(wire)
    end.data_received(_LENGTH.pack(_MAX_FRAME + 1) + marshal.dumps(1))
    assert wire.cut
    assert end.frames == []


@given(
    subject=st.text(max_size=50), case=st.text(max_size=50), pseudonyms=st.lists(st.binary(min_size=16, max_size=16))
)
def test_a_leaf_comes_back_as_it_was(subject: str, case: str, pseudonyms: list[bytes]) -> None:
    draft = make_draft(Entry(facts(), Opening(subject, "o", case, "r"), tuple(pseudonyms)))
    assert decode_draft(encode_draft(draft)) == draft
