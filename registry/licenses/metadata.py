"""License metadata of GB/T 36903 (``ZZMC`` …, ``KZ_`` …), as JSON and XML.

Coded values use the codes of the national standard that a license type names (``standard_codes``). A license with
several holders has as many values of CZZT, CZZTDM, CZZTDMLX and CZZTDMLXDM, in the same order.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from registry.china import CHINA, parse_day
from registry.errors import RuleError
from registry.licenses.holders import HOLDER_KIND_NAMES, Holder, HolderKind
from registry.licenses.license import Draft, License
from registry.licenses.states import STATE_NAMES
from registry.licenses.types import LicenseType

_ROOT = "ZZYS"
_MAX = 256 * 1024
_LISTS = ("CZZT", "CZZTDM", "CZZTDMLX", "CZZTDMLXDM")


def metadata(found: License, kind: LicenseType, issuer_name: str) -> dict[str, Any]:
    """Return the metadata of a license by the standard's names; items without a value are absent."""
    values: dict[str, Any] = {
        "ZZMC": kind.name,
        "ZZLXDM": kind.code,
        "ZZBH": found.number,
        "ZZBS": found.identifier,
        "ZZBFJG": issuer_name,
        "ZZBFJGDM": found.issuer,
        "ZZBFRQ": found.issued_at.astimezone(CHINA).date().isoformat(),
        "CZZT": [item.name for item in found.holders],
        "CZZTDM": [item.code for item in found.holders],
        "CZZTDMLX": [HOLDER_KIND_NAMES[item.kind] for item in found.holders],
        "CZZTDMLXDM": [item.kind.value for item in found.holders],
        "ZZYXQQSRQ": found.valid_from.isoformat(),
        "ZZYXQJZRQ": found.valid_to.isoformat() if found.valid_to else "",
        "ZZZT": STATE_NAMES[found.state_now],
        "ZZBGSJ": found.changed_at.isoformat(timespec="seconds") if found.changed_at else "",
        "ZZBGYY": found.why,
        "JZJZZSJ": found.annotation.get("at", ""),
        "JZJZZZ": found.annotation.get("by", ""),
        "JZJZZSY": found.annotation.get("why", ""),
        "JZJYXQJZSJ": found.annotation.get("until", ""),
    }
    values |= {item.extension: item.to_standard(found.fields.get(item.name, "")) for item in kind.fields}
    return {name: value for name, value in values.items() if value}


def as_json(values: Mapping[str, Any]) -> bytes:
    """Encode metadata as JSON."""
    return orjson.dumps(values, option=orjson.OPT_INDENT_2)


def as_xml(values: Mapping[str, Any]) -> bytes:
    """Encode metadata as XML: one element a value, under ``ZZYS``."""
    root = Element(_ROOT)
    for name, value in values.items():
        for item in value if isinstance(value, list) else [value]:
            SubElement(root, name).text = item
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def read_metadata(data: bytes) -> dict[str, Any]:
    """Parse metadata from JSON or XML.

    Raises:
        RuleError: the data are neither, are too large, or repeat a name that may occur once.
    """
    if len(data) > _MAX:
        raise RuleError("metadata", f"at most {_MAX} bytes")
    if data.lstrip()[:1] == b"<":
        return _from_xml(data)
    try:
        values = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise RuleError("metadata", "neither JSON nor XML") from error
    if not isinstance(values, dict):
        raise RuleError("metadata", "must be an object")
    for name, value in values.items():
        listed = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not (listed if name in _LISTS else isinstance(value, str)):
            raise RuleError(name, "must be a list of texts" if name in _LISTS else "must be text")
    return values


def _from_xml(data: bytes) -> dict[str, Any]:
    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise RuleError("metadata", "not XML, or XML with entities") from error
    if root.tag != _ROOT:
        raise RuleError("metadata", f"the XML element must be {_ROOT}")
    values: dict[str, Any] = {}
    for element in root:
        if element.tag in _LISTS:
            values.setdefault(element.tag, []).append(element.text or "")
        elif element.tag in values:
            raise RuleError(element.tag, "is there twice")
        else:
            values[element.tag] = element.text or ""
    return values


def draft_of(values: Mapping[str, Any], kind: LicenseType) -> Draft:
    """Return a draft from the metadata of an existing license, with its number as the issuer's number.

    Raises:
        RuleError: names the metadata item.
    """
    if values.get("ZZLXDM") != kind.code:
        raise RuleError("ZZLXDM", f"is not that of {kind.name}")
    columns = [values.get(name, []) for name in ("CZZTDMLXDM", "CZZTDM", "CZZT")]
    if len({len(column) for column in columns}) != 1:
        raise RuleError("CZZT", "CZZT, CZZTDM and CZZTDMLXDM must be as many as each other")
    try:
        holders = tuple(
            Holder(HolderKind(code_kind), code, name) for code_kind, code, name in zip(*columns, strict=True)
        )
    except ValueError as error:
        raise RuleError("CZZTDMLXDM", "not a holder code type of GB/T 36903") from error
    number = str(values.get("ZZBH", ""))
    fields = {
        item.name: item.from_standard(values[item.extension]) for item in kind.fields if values.get(item.extension)
    }
    begin = _date(values, "ZZYXQQSRQ") or _date(values, "ZZBFRQ")
    if begin is None:
        raise RuleError("ZZYXQQSRQ", "a date is required")
    return Draft(kind.id, number, number, holders, fields, begin, _date(values, "ZZYXQJZRQ"))


def _date(values: Mapping[str, Any], name: str) -> date | None:
    if not values.get(name):
        return None
    try:
        return parse_day(values[name])
    except (TypeError, ValueError) as error:
        raise RuleError(name, "must be a date, YYYY-MM-DD") from error
