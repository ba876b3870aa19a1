import pytest

from registry.errors import RuleError
from registry.ledger.tiles import TileAddress


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("tile/0/x001/x234/067", TileAddress(0, 1234067)),
        ("tile/1/000.p/5", TileAddress(1, 0, 5)),
        ("tile/entries/999", TileAddress(None, 999)),
        ("tile/entries/x001/000.p/255", TileAddress(None, 1000, 255)),
    ],
)
def test_an_address_reads_and_writes_as_tlog_tiles_says(path: str, address: TileAddress) -> None:
    assert TileAddress.parse(path) == address
    assert address.path == path


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000.p/287",
        "tile/entries/000.p/999",
        "",
        "tile/0/1",
        "tile/00/001",
        "tile/8/001",
        "tile/0/x000/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001/",
        "tile/x/001",
    ],
)
def test_another_spelling_is_refused(path: str) -> None:
    with pytest.raises(RuleError, match="tile"):
        TileAddress.parse(path)
