"""The folder of indexes: which drops have one, and the description by which an index is read."""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from adapters.columns import Column
from adapters.dates import NO_END
from adapters.description import Description
from adapters.spelling import KeyColumn
from registry.catalogue import FieldType

_DATED = (FieldType.DATE, FieldType.MONTH)


def indexed_drops(folder: Path, dataset: str) -> list[str]:
    """Return the drops that have an index, in order of arrival, which need not be that of their times."""
    name = re.compile(rf"{re.escape(dataset)}-([0-9a-f]+-[0-9a-f]+-[0-9a-f]{{8}})\.sqlite")
    found = []
    for path in folder.glob("*.sqlite"):
        if match := name.fullmatch(path.name):
            with suppress(FileNotFoundError):  # another worker removed it
                found.append((path.stat().st_mtime_ns, match[1]))
    return [drop for _, drop in sorted(found)]


def remove_old_indexes(folder: Path, dataset: str) -> None:
    """Remove all but the newest two indexes; another worker may still read the older of them."""
    for drop in indexed_drops(folder, dataset)[:-2]:
        (folder / f"{dataset}-{drop}.sqlite").unlink(missing_ok=True)


def index_description(description: Description) -> Description:
    """Return the description of the index: the same dataset, with its columns already mapped."""
    keys = {kind: KeyColumn(f"key_{kind.value}") for kind in description.keys}
    fields = {
        item.name: Column(item.name, no_end=(NO_END, NO_END[:7]) if item.type in _DATED else ())
        for item in description.catalogue.fields
    }
    return replace(description, table="records", keys=keys, fields=fields)
