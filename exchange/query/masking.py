"""Masking of values that a grant does not give in clear."""

from collections.abc import Sequence

from adapters.source import Record
from registry.catalogue import Dataset, Mask

_TAIL = 4


def mask_records(
    records: Sequence[Record], fields: Sequence[str], clear: frozenset[str], dataset: Dataset
) -> list[dict[str, str]]:
    """Return the fields of each record, masked unless granted in clear; unreadable values are omitted."""
    masks = {name: _mask_of(dataset, name) for name in fields if name not in clear}
    return [
        {name: _masked(value, masks.get(name, Mask.NONE)) for name in fields if (value := record.get(name)) is not None}
        for record in records
    ]


def unreadable_fields(records: Sequence[Record]) -> list[list[str]]:
    """Return for each record the fields with unreadable values; empty if no record has any."""
    found = [sorted(name for name, value in record.items() if value is None) for record in records]
    return found if any(found) else []


def _mask_of(dataset: Dataset, name: str) -> Mask:
    field = dataset.field(name)
    return field.mask if field else Mask.HIDDEN


def _masked(value: str, mask: Mask) -> str:
    match mask:
        case Mask.NONE:
            return value
        case Mask.NAME:
            return value[:1] + "*" * max(len(value) - 1, 1)
        case Mask.TAIL:
            return "****" + value[-_TAIL:] if len(value) > _TAIL else "****"
        case Mask.YEAR:
            return value[:4] + "-**-**"
        case Mask.HIDDEN:
            return "***"
