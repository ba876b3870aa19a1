"""The departments' stores, with different databases, columns, codes and spellings.

PostgreSQL for identity, social insurance, enterprises and the housing fund; SQLite for property and behind the tax
service; XLSX and CSV drops for education and qualifications.

- Identity: dates of birth as midnight, in a time zone that had summer time; private-use characters of GBK.
- Social insurance: blanks and tabs around ids. Housing fund: full-width and 15-digit ids, ``?`` for rare characters,
  and one key that no query can find.
- Tax: ids padded with blanks, amounts with separators. Property: ``?`` in addresses.
- Degrees: GB 18030, semicolons, quoted ids, dates in four formats, other middle dots. Diplomas: a title above the
  header and a total below. Qualifications: full-width digits, and impossible dates.
"""

import csv
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Self, TextIO

import asyncpg
from openpyxl import Workbook

from exchange.demo import dirt
from exchange.demo.population import Person, enterprises, people

_BATCH = 5_000
_XLSX_ROWS = 1_000_000  # the capacity of a sheet; larger populations are written as CSV
_UNREACHABLE = ("32050519780912401", "张建国", "819780912401", "01", Decimal(1200), "202001")
"""An account with an id of 17 digits, whose owner cannot be determined."""

_POSTGRES = """
DROP TABLE IF EXISTS rk_jbxx, ac43, qy_jbxx, grzh;
CREATE TABLE rk_jbxx (gmsfhm char(18) PRIMARY KEY, xm text, cym text, xb char(1), mz text, csrq timestamptz, hjdqh char(6), ryzt char(1));
CREATE TABLE ac43 (aac002 text, aae003 char(6), aae140 char(3), aae180 numeric(10,2), aae114 char(1), aab003 text);
CREATE TABLE qy_jbxx (tyshxydm char(18) PRIMARY KEY, qymc text, fddbrzjhm text, zczb numeric(14,2), clrq date, djzt char(1));
CREATE TABLE grzh (zjhm text, xingming text, grzh text, grzhzt char(2), grzhye numeric(12,2), jzny char(6));
"""
_POSTGRES_INDEXES = "CREATE INDEX ON ac43 (aac002); CREATE INDEX ON grzh (zjhm); ANALYZE;"
_PROPERTY = """
CREATE TABLE BDC_QLXX (BDCDYH TEXT, BDCQZH TEXT, QLRMC TEXT, QLRZJH TEXT, ZL TEXT, JZMJ TEXT, QLBL TEXT, DJSJ TEXT, QSZT TEXT);
"""
_TAX = """
CREATE TABLE payments (NSRSBH TEXT, NSRMC TEXT, SKSSQ TEXT, ZSXM_DM TEXT, SJJE TEXT, PZHM TEXT);
CREATE TABLE arrears (NSRSBH TEXT, SHXYDM TEXT, SKSSQ TEXT, QJJE TEXT);
"""
_DIPLOMA = ("证书编号", "证件号码", "姓名", "毕业院校", "层次", "专业名称", "毕业日期")
_DEGREE = ("学位证书编号", "证件号码", "姓名", "授予单位", "学位级别", "学科", "授予日期")
_QUALIFICATION = ("身份证号", "姓名", "资格名称", "管理号", "批准日期")
_DIPLOMA_LEVELS = {"doctor": "01", "master": "02", "bachelor": "05"}
_DEGREE_LEVELS = {"doctor": "2", "master": "3", "bachelor": "4"}


@dataclass(frozen=True, slots=True)
class World:
    """The locations of the departments' stores."""

    folder: Path
    postgres: str

    @property
    def property_file(self) -> Path:
        """The property department's SQLite file."""
        return self.folder / "property.sqlite"

    @property
    def tax_file(self) -> Path:
        """The SQLite file behind the tax service."""
        return self.folder / "tax.sqlite"

    @property
    def drops(self) -> Path:
        """The folder of the drops for education and human resources."""
        return self.folder / "drops"


async def write_world(
    world: World, count: int, seed: int, today: date, progress: Callable[[int], None] = lambda _done: None
) -> int:
    """Write every store as a stream; memory does not grow with ``count``.

    Returns:
        The number of records in all stores.
    """
    world.drops.mkdir(parents=True, exist_ok=True)
    connection = await asyncpg.connect(world.postgres)
    total = 0
    try:
        await connection.execute(_POSTGRES)
        with ExitStack() as stack:
            property_store = stack.enter_context(closing(_fresh_sqlite(world.property_file, _PROPERTY)))
            tax_store = stack.enter_context(closing(_fresh_sqlite(world.tax_file, _TAX)))
            drops = stack.enter_context(_Drops(world.drops, count))
            stream, done = people(count, seed, today), 0
            while batch := list(islice(stream, _BATCH)):
                total += await _write_postgres(connection, batch)
                total += _write_property(property_store, batch) + _write_tax(tax_store, batch) + drops.write(batch)
                done += len(batch)
                progress(done)
            property_store.executescript("CREATE INDEX a ON BDC_QLXX (QLRZJH); CREATE INDEX b ON BDC_QLXX (BDCDYH);")
            tax_store.executescript("CREATE INDEX a ON payments (NSRSBH); CREATE INDEX b ON arrears (NSRSBH);")
            property_store.commit()
            tax_store.commit()
        companies = [
            (item.uscc, item.name, item.representative, Decimal(item.capital), item.established, item.status)
            for item in enterprises(count, seed)
        ]
        await connection.copy_records_to_table("qy_jbxx", records=companies)
        await connection.copy_records_to_table("grzh", records=[_UNREACHABLE])
        await connection.execute(_POSTGRES_INDEXES)
    finally:
        await connection.close()
    return total + len(companies)


async def _write_postgres(connection: asyncpg.Connection, batch: list[Person]) -> int:
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


def _write_property(store: sqlite3.Connection, batch: list[Person]) -> int:
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


def _write_tax(store: sqlite3.Connection, batch: list[Person]) -> int:
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


class _Drops:
    """The drops being written: diplomas as a spreadsheet, the others as CSV."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._files: list[TextIO] = []
        self._workbook: Workbook | None = None
        for kind in ("csv", "xlsx"):
            (folder / f"学历证书.{kind}").unlink(missing_ok=True)
        if count <= _XLSX_ROWS:
            self._workbook = Workbook(write_only=True)
            sheet = self._workbook.create_sheet("学历")
            self._add_diploma: Callable[[Any], Any] = sheet.append
            sheet.append(("苏州市学历证书信息一览",))
            sheet.append(_DIPLOMA)
        else:
            self._add_diploma = self._csv("学历证书", ("苏州市学历证书信息一览",))
            self._add_diploma(_DIPLOMA)
        self._add_degree = self._csv("学位证书", _DEGREE, "gb18030", ";")
        self._add_qualification = self._csv("职业资格", _QUALIFICATION)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._add_diploma(("合计", *[""] * (len(_DIPLOMA) - 1)))
        for file in self._files:
            file.close()
        if self._workbook is not None:
            self._workbook.save(self._folder / "学历证书.xlsx")

    def _csv(
        self, name: str, header: tuple[str, ...], encoding: str = "utf-8-sig", delimiter: str = ","
    ) -> Callable[[Any], Any]:
        file = (self._folder / f"{name}.csv").open("w", encoding=encoding, newline="")
        self._files.append(file)
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        return writer.writerow

    def write(self, batch: list[Person]) -> int:
        rows = 0
        for person, degree in ((p, d) for p in batch for d in p.degrees):
            name = dirt.other_dot(person.known_as(degree.awarded), person.id)
            self._add_diploma(
                (
                    degree.diploma_number,
                    person.id,
                    name,
                    degree.institution,
                    _DIPLOMA_LEVELS[degree.level],
                    degree.subject,
                    f"{degree.awarded:%Y年%m月%d日}",
                )
            )
            self._add_degree(
                (
                    degree.degree_number,
                    dirt.quoted(person.id),
                    name,
                    degree.institution,
                    _DEGREE_LEVELS[degree.level],
                    degree.subject,
                    dirt.written_day(degree.awarded, person.id),
                )
            )
            rows += 2
        for person in batch:
            if person.qualification:
                number = f"GL{person.id[6:14]}{person.id[14:17]}"
                approved = "2018-02-30" if dirt.one_in(person.id, 5) else person.degrees[-1].awarded.isoformat()
                row = (person.id, person.name, person.qualification, number, approved)
                self._add_qualification([dirt.full_width(item) for item in row])
                rows += 1
        return rows


def _fresh_sqlite(path: Path, schema: str) -> sqlite3.Connection:
    path.unlink(missing_ok=True)
    store = sqlite3.connect(path)
    store.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + schema)
    return store
