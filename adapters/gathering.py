"""Gathering of a lookup's rows into records by key; a bad row fails its own subject only."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from adapters.description import Mapper
from adapters.errors import RecordError
from adapters.source import Fetched, Record

ONLY_ONE = "more than one record for a subject that can have only one"
TOO_MANY = f"records: {ONLY_ONE}"


class Gathered:
    """The records of one lookup, added row by row; with ``single``, a subject can have only one."""

    def __init__(self, mapper: Mapper, *, single: bool) -> None:
        self._mapper = mapper
        self._single = single
        self._records: dict[str, list[Record]] = {}
        self._malformed: dict[str, str] = {}

    def add(self, key: str, values: Sequence[Any]) -> None:
        """Add a row of a key, given the values of the mapper's columns."""
        try:
            self._records.setdefault(key, []).append(self._mapper.record(values))
        except RecordError as error:
            self._malformed[key] = str(error)

    def add_all(self, rows: Sequence[Sequence[Any]], keys: Collection[str]) -> list[Sequence[Any]]:
        """Add rows whose first value is one of the keys, and return the others; the last value is no field."""
        records, record, others = self._records, self._mapper.record, []
        for row in rows:
            key = row[0]
            if key not in keys:
                others.append(row)
                continue
            try:
                found = record(row[1:-1])
            except RecordError as error:
                self._malformed[key] = str(error)
                continue
            if key in records:
                records[key].append(found)
            else:
                records[key] = [found]
        return others

    def fetched(self, as_of: datetime, incomplete: str = "") -> Fetched:
        """Return the result of the lookup; a subject with a bad row has no records."""
        if self._single:
            self._malformed |= {key: TOO_MANY for key, found in self._records.items() if len(found) > 1}
        for key in self._malformed:
            self._records.pop(key, None)
        return Fetched(self._records, as_of, incomplete, malformed=self._malformed, single=self._single)
