"""The drops of education and human resources: diplomas as a spreadsheet, the others as CSV."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TextIO

from openpyxl import Workbook

from exchange.demo import dirt
from exchange.demo.person import Person

_XLSX_ROWS = 1_000_000  # the capacity of a sheet; larger populations are written as CSV
_DIPLOMA = ("证书编号", "证件号码", "姓名", "毕业院校", "层次", "专业名称", "毕业日期")
_DEGREE = ("学位证书编号", "证件号码", "姓名", "授予单位", "学位级别", "学科", "授予日期")
_QUALIFICATION = ("身份证号", "姓名", "资格名称", "管理号", "批准日期")
_DIPLOMA_LEVELS = {"doctor": "01", "master": "02", "bachelor": "05"}
_DEGREE_LEVELS = {"doctor": "2", "master": "3", "bachelor": "4"}


class Drops:
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
        """Return the drops themselves."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write the last lines, and close the files."""
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
        """Write the degrees and qualifications of persons; return the number of rows."""
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
