"""Tests of REST answers: "no record" is accepted only from answers that report success."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from adapters.errors import MalformedError, SourceError, UnavailableError
from adapters.rest_answers import RestShape, rows_of

ROW = {"SFZH": "1", "XM": "张三"}
DESCRIBED = RestShape(success={"code": 0}, rows="data.list", ignore=["status"])


def asked(body: Any, shape: RestShape | None = None) -> list[Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return rows_of(httpx.Response(200, content=content), shape or RestShape(), ["XM"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"code": 500, "data": []}, "code, which"), ({"success": False, "data": []}, "success, which"),
        ({"data": [], "status": "error"}, "status, which"), ({"data": [], "error": "down"}, "error, which"),
        ({"data": [], "errCode": "E1"}, "errCode, which"), (b"<!DOCTYPE html><title>login", "a page instead"),
        (b"\xef\xbb\xbf<html>", "a page instead"), (b"", "empty body"), (b"  \n", "empty body"), (b"ok", "not JSON"),
        ([], "no object"), ([ROW], "no object"), ({"data": None}, "missing or null"), ({}, "missing or null"),
        ({"data": {}}, "no list"), ({"data": [[1]]}, "no object"), ({"data": [{"SFZH": "1"}]}, "without XM"),
        ({"data": [ROW], "total": 2}, "a part of the rows"), ({"data": [], "total": "3"}, "a part of the rows"),
        ({"data": [], "hasMore": True}, "a part of the rows"), ({"data": [], "next": "/2"}, "a part of the rows"),
        ({"data": [], "head": {"code": "500"}}, "head.code, which"), ({"data": [], "error": {"why": 1}}, "error, which"),
        ({"data": [], "fault": {"faultstring": "x"}}, "fault, which"), ({"data": [], "errMsg": "timeout"}, "errMsg, which"),
        ({"data": [ROW], "page": {"pages": 5}}, "page.pages"), ({"data": [ROW], "count": 2}, "a part of the rows"),
        ({"data": [], "msg": "系统繁忙"}, "msg, which"), ({"data": [], "message": "查询失败"}, "message, which"), ({"data": [], "resCode": "9"}, "resCode, which"),
        ({"data": [], "rspCode": "9"}, "rspCode, which"), ({"data": [], "err": "x"}, "err, which"), ({"data": [], "hasError": True}, "hasError, which"),
        ({"data": [], "failed": True}, "failed, which"), ({"data": [], "isOk": False}, "isOk, which"), ({"data": [], "error_description": "x"}, "error_description, which"),
        ({"data": [], "of": {"110105194912310011": {"code": 1}}}, "of.….code, which"), (b"[" * 5000, "not JSON"), (b'{"data": [], "data": []}', "not JSON"),
    ],
)  # fmt: skip
def test_an_invalid_answer_is_a_failure_and_never_an_absent_record(body: Any, said: str) -> None:
    with pytest.raises(MalformedError, match=said):
        asked(body)


@pytest.mark.parametrize(
    "body",
    [
        {"data": [], "msg": "系统繁忙"}, {"data": [], "message": "ok, but"}, {"data": [], "提示": "请登录"}, {"data": [], "错误码": 0},
        {"data": [], "成功": False}, {"data": [], "warnings": ["x"]}, {"data": [], "head": {"msg": "x"}},
        {"data": [ROW], "msg": "1 of 2 keys failed"}, {"data": [], "total": 0, "pages": 0, "msg": "x"},
    ],
)  # fmt: skip
def test_without_a_described_marker_words_beside_the_rows_are_a_failure(body: Any) -> None:
    with pytest.raises(MalformedError, match=r"which the description does not name \(rest.success, rest.ignore\)"):
        asked(body)


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        ({"code": 500, "data": {"list": []}}, UnavailableError, "code is not what"),
        ({"code": None, "data": {"list": []}}, UnavailableError, "code is not what"),
        ({"data": {"list": []}}, UnavailableError, "code is not what"),
        ({"code": 0, "data": {"list": [ROW], "total": 9}}, MalformedError, "data.total"),
        ({"code": 0, "errMsg": "timeout", "data": {"list": []}}, MalformedError, "errMsg, which"),
        ({"code": 0, "msg": {"code": 7}, "data": {"list": []}}, MalformedError, "msg.code, which"),
        ({"code": 0, "data": []}, MalformedError, "no object where"),
        ({"code": 0, "data": {"list": [], "success": False}}, MalformedError, "data.success"),
    ],
)
def test_a_described_answer_succeeds_only_as_it_is_described(body: Any, error: type[SourceError], said: str) -> None:
    with pytest.raises(error, match=said):
        asked(body, DESCRIBED)


def test_a_service_s_answer_as_described_is_read() -> None:
    assert asked({"data": [ROW], "message": "", "total": 1, "hasMore": False, "error": None}) == [ROW]
    assert asked({"data": [], "msg": "无数据", "code": 0}, RestShape(success={"code": 0})) == []
    assert asked({"data": [], "traceId": "1"}, RestShape(ignore=["traceId"])) == []
    assert asked({"data": [ROW], "page": {"pages": 1, "total": 1}, "error": {}, "errmsg": ""}) == [ROW]
    assert asked({"data": [], "head": {"code": 0}}, RestShape(success={"head.code": 0})) == []
    assert asked({"data": [], "head": {"code": 0}}, RestShape(ignore=["head"])) == []
    assert asked({"code": "0", "status": 1, "data": {"list": [], "total": 0}}, DESCRIBED) == []
    assert asked({"ok": True, "rows": [ROW]}, RestShape(success={"ok": True}, rows="rows")) == [ROW]
    assert asked({"data": [ROW], "msg": "查询成功！", "errors": [], "failed": False, "description": None}) == [ROW]
    assert asked({"data": [], "msg": "无数据"}, RestShape(ignore=["msg"])) == []
    assert asked({"code": 0, "msg": "无数据", "data": {"list": []}}, DESCRIBED) == []
    assert asked(b'{"data": [{"XM": 12345678901234567.89}]}') == [{"XM": Decimal("12345678901234567.89")}]
    assert asked([ROW], RestShape(rows="")) == [ROW]


@pytest.mark.parametrize("status", [201, 202, 204, 206, 302, 304, 404])
def test_only_an_answer_with_status_200_is_one(status: int) -> None:
    with pytest.raises(MalformedError, match=f"HTTP {status}"):
        rows_of(httpx.Response(status, content=b'{"data": []}'), RestShape(), ["XM"])
    assert asked({"data": [{"SFZH": "1"}]}, RestShape(omits_empty=True)) == [{"SFZH": "1"}]
