"""Refusals for failures of the node, without details of the failure."""

import asyncpg
import structlog

from exchange.acts.refusals import Reason, Refusal
from keys.errors import KeysError
from registry.connection import DATABASE_ERRORS
from registry.errors import DepartedError, LedgerClockError, LedgerError, StorageError

_UNFIT = Refusal(Reason.INVALID_REQUEST, "a value holds what cannot be put on record")
log = structlog.get_logger(__name__)


def failed(error: Exception) -> Refusal:
    """Return the refusal of an exception; unexpected ones are logged by type, without their text."""
    match error:
        case KeysError():
            return Refusal(Reason.SEAL_UNAVAILABLE, str(error))
        case DepartedError():
            return Refusal(Reason.LEDGER_DISAGREES, str(error))
        case LedgerError():
            return unrecorded(error)
        case asyncpg.DataError():  # a zero byte, or a value too long for its column
            return _UNFIT
        case asyncpg.InterfaceError() if isinstance(error, ValueError):  # the driver's own check of the same
            return _UNFIT
    if isinstance(error, (*DATABASE_ERRORS, StorageError)):
        return Refusal(Reason.REGISTER_IN_DOUBT, "the register does not answer")
    log.error("call.failed", error=type(error).__name__)
    return Refusal(Reason.INTERNAL, "the node failed to do this")


def unrecorded(error: LedgerError) -> Refusal:
    """Return the refusal of an act that is not recorded, and so neither done nor released."""
    if isinstance(error, LedgerClockError):
        return Refusal(Reason.CLOCK_IN_DOUBT, str(error))
    return Refusal(Reason.LEDGER_UNAVAILABLE, "the ledger did not record this, so it is not done")
