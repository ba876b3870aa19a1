"""The databases of the departments: PostgreSQL, and SQLite for property and behind the tax service."""

import sqlite3
from decimal import Decimal
from pathlib import Path

import asyncpg

from exchange.demo import dirt
from exchange.demo.person import Person

UNREACHABLE = ("32050519780912401", "张建国", "819780912401", "01", Decimal(1200), "202001")
"""An account with an id of 17 digits, whose owner cannot be determined."""
POSTGRES = """
DROP TABLE IF EXISTS rk_jbxx, ac43, qy_jbxx, grzh;
CREATE TABLE rk_jbxx (gmsfhm char(18) PRIMARY KEY, xm text, cym text, xb char(1), mz text, csrq timestamptz, hjdqh char(6), ryzt char(1));
CREATE TABLE ac43 (aac002 text, aae003 char(6), aae140 char(3), aae180 numeric(10,2), aae114 char(1), aab003 text);
CREATE TABLE qy_jbxx (tyshxydm char(18) PRIMARY KEY, qymc text, fddbrzjhm text, zczb numeric(14,2), clrq date, djzt char(1));
CREATE TABLE grzh (zjhm text, xingming text, grzh text, grzhzt char(2), grzhye numeric(12,2), jzny char(6));
"""
POSTGRES_INDEXES = "CREATE INDEX ON ac43 (aac002); CREATE INDEX ON grzh (zjhm); ANALYZE;"
PROPERTY = """
CREATE TABLE BDC_QLXX (BDCDYH TEXT, BDCQZH TEXT, QLRMC TEXT, QLRZJH TEXT, ZL TEXT, JZMJ TEXT, QLBL TEXT, DJSJ TEXT, QSZT TEXT);
"""
TAX = """
CREATE TABLE payments (NSRSBH TEXT, NSRMC TEXT, SKSSQ TEXT, ZSXM_DM TEXT, SJJE TEXT, PZHM TEXT);
CREATE TABLE arrears (NSRSBH TEXT, SHXYDM TEXT, SKSSQ TEXT, QJJE TEXT);
"""


async def write_postgres(connection: asyncpg.Connection, batch: list[Person]) -> int:
    """Write identity, contributions and accounts of persons; return the number of rows."""
    persons = [
        (
            p.id,
            dirt.private_use(p.name),
            dirt.private_use(p.former_name) or None,
            p.sex,
            p.ethnic_group,
            dirt.local_midnight(p.born),
            p.region,
            p.status,
        )
        for p in batch
    ]
    months = [
        (dirt.blank_around(p.id), m.month, "110", Decimal(m.base), "1" if m.paid else "0", p.employer)
        for p in batch
        for m in p.months
    ]
    accounts = [
        (
            dirt.wide_or_short(p.id),
            dirt.lost(p.mistyped or p.name),
            f"8{p.id[6:17]}",
            "01" if p.status == "0" else "02",
            Decimal(len(p.months) * p.months[0].base // 5),
            p.months[0].month,
        )
        for p in batch
        if p.months
    ]
    await connection.copy_records_to_table("rk_jbxx", records=persons)
    await connection.copy_records_to_table("ac43", records=months)
    await connection.copy_records_to_table("grzh", records=accounts)
    return len(persons) + len(months) + len(accounts)


def write_property(store: sqlite3.Connection, batch: list[Person]) -> int:
    """Write the shares in homes of persons; return the number of rows."""
    rows = [
        (
            h.unit,
            h.certificate,
            p.known_as(h.registered),
            p.id,
            h.location.replace("路", "?") if dirt.one_in(p.id, 6, 1) else h.location,
            h.area,
            h.share,
            h.registered.isoformat(),
            h.status,
        )
        for p in batch
        for h in p.homes
    ]
    store.executemany("INSERT INTO BDC_QLXX VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return len(rows)


def write_tax(store: sqlite3.Connection, batch: list[Person]) -> int:
    """Write payments and arrears of persons; return the number of rows."""
    payments = [
        (
            dirt.padded(p.id),
            p.name,
            m.month,
            "10106",
            dirt.written_amount(m.tax, p.id),
            f"3320{p.id[12:17]}{m.month}",
        )
        for p in batch
        for m in p.months[p.late :]
        if m.paid
    ]
    arrears = [(dirt.padded(p.id), None, "202512", dirt.written_amount(p.arrears, p.id)) for p in batch if p.arrears]
    store.executemany("INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?)", payments)
    store.executemany("INSERT INTO arrears VALUES (?, ?, ?, ?)", arrears)
    return len(payments) + len(arrears)


def fresh_sqlite(path: Path, schema: str) -> sqlite3.Connection:
    """Create an empty SQLite file with a schema."""
    path.unlink(missing_ok=True)
    store = sqlite3.connect(path)
    store.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + schema)
    return store
