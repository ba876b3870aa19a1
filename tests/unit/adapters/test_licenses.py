"""Tests of licenses as a source: one that SQL removes or hides is not answered as none."""

from pathlib import Path

import pytest

from adapters.source import DEPARTED
from registry.connection import connect
from registry.identifiers import SubjectKind
from tests.support.license_source import licenses_source

HOLDER = "11010519491231002X"
ROW = (HOLDER, "张三", "1", "20200101", "1")


@pytest.mark.parametrize("edit", ["DELETE FROM license", "UPDATE license SET state = 'superseded'"])
@pytest.mark.parametrize(
    ("kind", "key"),
    [(SubjectKind.CITIZEN_ID, HOLDER), (SubjectKind.LICENSE_IDENTIFIER, "L0")],
    ids=["holder", "number"],
)
async def test_a_license_whose_row_sql_removes_or_hides_is_not_answered(
    url: str, tmp_path: Path, edit: str, kind: SubjectKind, key: str
) -> None:
    async with licenses_source([ROW], tmp_path, url) as source:
        found = await source.fetch(kind, [key], ["name"], 5.0)
        assert (found.records[key], found.malformed) == ([{"name": "张三"}], {})
        connection = await connect(url)
        await connection.execute(edit)
        found = await source.fetch(kind, [key], ["name"], 5.0)
        assert (found.records, found.malformed) == ({}, {key: DEPARTED})
        await connection.execute(
            "DELETE FROM license; DELETE FROM license_holder; UPDATE license_event SET salt = NULL"
        )
        await connection.close()
        erased = await source.fetch(kind, [key], ["name"], 5.0)
        assert (erased.records, erased.malformed) == ({}, {})
