"""Tests of the refusals of acts that fail: each error has its reason, and none has values."""

from typing import Any

import asyncpg
import pytest

from exchange.acts.act import Act
from exchange.acts.admin_act import AdminAct
from exchange.acts.command import Command
from exchange.acts.failures import failed
from exchange.acts.plain_act import PlainAct
from exchange.acts.refusals import Reason
from exchange.acts.register_act import RegisterAct
from keys.errors import InvalidError, KeyStoreError, MalformedError
from registry.errors import DepartedError, LedgerClockError, LedgerError, NotOnRecordError, RuleError, StorageError
from registry.transitions import ConflictError, IllegalTransitionError
from tests.support.permitting import BASIS

SEAL = RegisterAct("suspend", BASIS, register="seal")
COMMAND = Command("seal.suspend", "register.seal", "核查")
OTHER = Command("catalog.load", "register.agency", "核查")
ADMIN = AdminAct("person", "update", "核查")
PLAIN = PlainAct("catalogue", "get_matter")


class _DriverError(asyncpg.InterfaceError, ValueError):
    """What the driver raises for a value that its type does not allow."""


GENERAL: list[tuple[Exception, Reason]] = [
    (KeyStoreError("key"), Reason.SEAL_UNAVAILABLE),
    (DepartedError("license"), Reason.LEDGER_DISAGREES),
    (LedgerError("ledger"), Reason.LEDGER_UNAVAILABLE),
    (LedgerClockError("clock"), Reason.CLOCK_IN_DOUBT),
    (asyncpg.DataError("zero byte"), Reason.INVALID_REQUEST),
    (_DriverError("zero byte"), Reason.INVALID_REQUEST),
    (StorageError("database"), Reason.REGISTER_IN_DOUBT),
    (asyncpg.PostgresError("database"), Reason.REGISTER_IN_DOUBT),
    (asyncpg.InternalClientError("connection"), Reason.REGISTER_IN_DOUBT),
    (TimeoutError(), Reason.REGISTER_IN_DOUBT),
    (OSError("socket"), Reason.REGISTER_IN_DOUBT),
    (ZeroDivisionError("odd"), Reason.INTERNAL),
]
OWN: list[tuple[Act, Exception, Reason]] = [
    (SEAL, RuleError("reason", "is required"), Reason.INVALID_REQUEST),
    (SEAL, ConflictError("seal", 2), Reason.SEAL_CHANGED),
    (SEAL, IllegalTransitionError("seal"), Reason.ILLEGAL_TRANSITION),
    (SEAL, NotOnRecordError("seal"), Reason.SEAL_UNKNOWN),
    (COMMAND, RuleError("reason", "is required"), Reason.INVALID_REQUEST),
    (COMMAND, ConflictError("seal", 2), Reason.SEAL_CHANGED),
    (COMMAND, IllegalTransitionError("seal"), Reason.ILLEGAL_TRANSITION),
    (COMMAND, NotOnRecordError("seal"), Reason.SEAL_UNKNOWN),
    (OTHER, NotOnRecordError("agency"), Reason.INVALID_REQUEST),
    (ADMIN, RuleError("duties", "at least one is required"), Reason.INVALID_REQUEST),
    (ADMIN, MalformedError("request"), Reason.INVALID_REQUEST),
    (ADMIN, InvalidError("request"), Reason.INVALID_REQUEST),
    (ADMIN, ConflictError("person", 2), Reason.ITEM_CHANGED),
    (ADMIN, IllegalTransitionError("person"), Reason.ILLEGAL_TRANSITION),
    (ADMIN, NotOnRecordError("person"), Reason.ITEM_UNKNOWN),
    (ADMIN, asyncpg.UniqueViolationError("(number)=(0301)"), Reason.ITEM_EXISTS),
    (COMMAND, MalformedError("file"), Reason.INVALID_REQUEST),
    (COMMAND, InvalidError("anchor"), Reason.INVALID_REQUEST),
]


@pytest.mark.parametrize(("error", "reason"), GENERAL, ids=lambda item: type(item).__name__)
def test_a_failure_is_refused_by_its_kind(error: Exception, reason: Reason) -> None:
    assert failed(error).reason is reason
    for act in (SEAL, COMMAND, PLAIN, ADMIN):
        own: Any = act.refusal_of(error)
        if not (act is COMMAND and isinstance(error, MalformedError)):
            assert own.reason is reason


@pytest.mark.parametrize(("act", "error", "reason"), OWN)
def test_an_act_refuses_what_it_finds_by_its_register(act: Act, error: Exception, reason: Reason) -> None:
    assert act.refusal_of(error).reason is reason


def test_a_text_of_an_unknown_error_is_not_told() -> None:
    assert "110105" not in failed(ZeroDivisionError("110105199003078887")).detail
