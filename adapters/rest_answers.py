"""Parsing of answers of REST services: the rows, or the error that the answer reports.

"No record" is accepted only from an answer that says it succeeded, in the way that the description names. Any other
answer with HTTP 200, such as a login page or ``{"code": 500, "data": []}``, is a failure. If the description names no
marker of success, any other member beside the rows indicates a failure, as in ``{"msg": "…", "data": []}``, unless it
is empty, counts rows or pages, is a message of success, or is named as one to ignore.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

import httpx
from pydantic import ConfigDict

from adapters.errors import MalformedError, RefusedError, UnavailableError
from registry.parsing import STRICT

_REFUSED = (401, 403)
_MARKER = re.compile(
    r".*code|err(?:or)?no|(?:http)?status|state|(?:is)?(?:success(?:ful)?|succeeded|ok)|ret|result|flag"
)
_ERROR = re.compile(
    r".*err(?:or)?s?(?:msg|message|info|desc|description|detail|details)?|exceptions?|fault|(?:is|has)?fail(?:ure|ed|s)?"
)
"""Values of markers that say nothing."""
_MESSAGE = re.compile(r".*(?:msg|message|desc|description|reason)")
_GOOD = frozenset(
    {"", "ok", "success", "succeeded", "successful", "成功", "操作成功", "查询成功", "请求成功", "调用成功", "访问成功"}
)
"""Messages that do not indicate a failure."""
_TOTALS = frozenset(
    {"total", "totalcount", "totalnum", "totalsize", "totalelements", "totalrows", "recordstotal", "count"}
)
_PAGES = frozenset({"pages", "totalpages", "totalpage", "pagecount"})
_MORE = frozenset(
    {"hasmore", "hasnext", "hasnextpage", "more", "next", "nextpage", "nextcursor", "nextpagetoken", "truncated"}
)
_OF_PAGES = _TOTALS | _PAGES | _MORE
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_NUMBER = re.compile("[^.]*[0-9]{4}[^.]*")


@dataclass(frozen=True, slots=True)
class RestShape:
    """The form of answers: the report of success and the rows; paths are names joined by dots.

    ``success`` maps a path to the value that means success. ``ignore`` names markers that mean neither failure nor
    further pages. With ``omits_empty``, a row may lack a column that has no value.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    success: Mapping[str, str | int | bool] = field(default_factory=dict)
    rows: str = "data"
    ignore: Sequence[str] = ()
    omits_empty: bool = False


def rows_of(response: httpx.Response, shape: RestShape, columns: Sequence[str]) -> list[Any]:
    """Return the rows of an answer, each an object with these columns.

    Raises:
        SourceError: the answer is a failure, is incomplete, or is not as described.
    """
    answer = _json(response)
    for path, wanted in shape.success.items():
        if _text(_value_at(answer, path)) != _text(wanted):
            raise UnavailableError(f"the service says that it failed: {path} is not what rest.success names")
    rows = _value_at(answer, shape.rows) if shape.rows else answer
    if not isinstance(rows, list):
        kind = "missing or null" if rows is None else "no list"
        raise MalformedError(f"the service's answer is not as rest.rows says: {shape.rows or 'the answer'} is {kind}")
    _check_markers(answer, shape, len(rows))
    for row in rows:
        if not isinstance(row, dict):
            raise MalformedError("the service answered a row that is no object")
        if not shape.omits_empty and (missing := next((name for name in columns if name not in row), None)):
            raise MalformedError(f"the service answered a row without {missing} (rest.omits_empty allows it)")
    return rows


def _json(response: httpx.Response) -> Any:
    if response.status_code in _REFUSED:
        raise RefusedError(f"the service refuses this node (HTTP {response.status_code})")
    if response.status_code != httpx.codes.OK:
        raise MalformedError(f"the service answered HTTP {response.status_code}")
    if not response.content.strip():
        raise MalformedError("the service answered nothing (an empty body)")
    try:
        return response.json(parse_float=Decimal, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        page = response.content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
        what = "a page instead of data (HTML or XML; a login, perhaps)" if page else "what is not JSON"
        raise MalformedError(f"the service answered {what}") from error


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, and refuse repeated names, since it is unknown which value is meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice in one object")
    return found


def _check_markers(answer: Any, shape: RestShape, count: int) -> None:
    """Refuse undescribed signs of failure or of further rows, in every object except the rows."""
    levels = [(answer, "")]
    while levels:
        level, above = levels.pop()
        for key, value in level.items() if isinstance(level, dict) else ():
            path = f"{above}{key}"
            if path in shape.success or path in shape.ignore:
                continue
            if isinstance(value, dict):
                levels.append((value, f"{path}."))
            if path != shape.rows and not (isinstance(value, dict) and f"{shape.rows}.".startswith(f"{path}.")):
                _check_marker(path, value, shape, count)


def _check_marker(path: str, value: Any, shape: RestShape, count: int) -> None:
    name = _plain_name(path.rpartition(".")[2])
    if _is_marker(name, value) or (not shape.success and _may_be_reason(name, value)):
        raise MalformedError(
            f"the service's answer has {_shown(path)}, which the description does not name (rest.success, rest.ignore)"
        )
    is_more = name in _MORE and not isinstance(value, dict) and _says_yes(value)
    if is_more or (name in _TOTALS and _number(value) > count) or (name in _PAGES and _number(value) > 1):
        raise MalformedError(f"the service answered a part of the rows only ({_shown(path)}); ask it for all at once")


def _is_marker(name: str, value: Any) -> bool:
    """Return whether a member may report by itself that the service failed."""
    if _ERROR.fullmatch(name):
        return bool(value)
    return _MARKER.fullmatch(name) is not None and not isinstance(value, list | dict)


def _may_be_reason(name: str, value: Any) -> bool:
    """Return whether a member may be a failure's reason in free text; a message of success is not."""
    if isinstance(value, dict) or value in _EMPTY or name in _OF_PAGES or _ERROR.fullmatch(name):
        return False
    return not (_MESSAGE.fullmatch(name) and _text(value).strip(" .!。！").lower() in _GOOD)


def _shown(path: str) -> str:
    """Return a path without possible numbers of persons, as in an object whose keys are ids."""
    return _NUMBER.sub("…", path)


def _value_at(answer: Any, path: str) -> Any:
    found = answer
    for name in path.split("."):
        if not isinstance(found, dict):
            raise MalformedError(f"the service's answer is no object where {path} belongs")
        found = found.get(name)
    return found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain_name(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _says_yes(value: Any) -> bool:
    return bool(value) and _text(value).lower() not in ("false", "0", "no", "n", "null")
