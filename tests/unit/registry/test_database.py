"""Tests of the database: encodings that cannot represent every name are refused."""

import pytest

from registry.connection import connect
from registry.database import Database
from registry.embedded import EmbeddedPostgres
from registry.errors import RuleError


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "EUC_CN"])
async def test_a_database_that_is_not_utf8_is_refused_in_words(postgres: EmbeddedPostgres, encoding: str) -> None:
    name = f"not_utf8_{encoding.lower()}"
    connection = await connect(postgres.url("postgres"))
    await connection.execute(
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    await connection.close()
    database = Database(postgres.url(name))
    for use in (database.upgrade, database.require_current_schema):
        with pytest.raises(RuleError, match=f"database.url: must be a database in UTF8; .* is {encoding}"):
            await use()
    await database.close()
    connection = await connect(postgres.url(name))
    assert await connection.fetchval("SELECT to_regclass('agency')") is None
    await connection.close()
