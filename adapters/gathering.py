"""Gathering: the rows of a lookup become records by key, and a row that does not fit fails its own subject alone."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from adapters.description import Mapper
from adapters.errors import RecordError
from adapters.source import Fetched, Record

ONLY_ONE = "more than one record for a subject that can have only one"
TOO_MANY = f"records: {ONLY_ONE}"


class Gathered:
    """The records of one lookup as its rows come in; with ``single``, a subject can have only one."""

    def __init__(self, mapper: Mapper, *, single: bool) -> None:
        self._mapper = mapper
        self._single = single
        self._records: dict[str, list[Record]] = {}
        self._malformed: dict[str, str] = {}

    def add(self, key: str, values: Sequence[Any]) -> None:
        """Take a row of a key, as the values of the mapper's columns."""
        try:
            self._records.setdefault(key, []).append(self._mapper.record(values))
        except RecordError as error:
            self._malformed[key] = str(error)

    def add_all(self, rows: Sequence[Sequence[Any]], keys: Collection[str]) -> list[Sequence[Any]]:
        """Take the rows whose first value is one of the keys; the last is no field. Returns the others."""
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
        """What the rows come to. A subject with a row that does not fit has no records."""
        if self._single:
            self._malformed |= {key: TOO_MANY for key, found in self._records.items() if len(found) > 1}
        for key in self._malformed:
            self._records.pop(key, None)
        return Fetched(self._records, as_of, incomplete, malformed=self._malformed, single=self._single)
