"""Comparison of the registers with the ledger, at start and periodically, in the background.

What departs is in the metrics, in the log and in ``/health``, and every process reads it again: an edit of which the
database did not notify them ends its use, too. The time between two comparisons is the setting's, and at
least nineteen times as long as one takes, so that they use a twentieth of a processor at most.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import asyncpg
import structlog
from prometheus_client import CollectorRegistry, Gauge, multiprocess

from registry.conformity import check_registers
from registry.departures import Departure
from registry.register_watch import read_again

_SHARE = 19
_LOGGED = 100
_RETRY_SECONDS = 60.0
_DEPARTED_NAME = "yici_register_departed"
_DEPARTED = Gauge(
    _DEPARTED_NAME, "Rows of a register that are not as the ledger records them.", ["register"],
    multiprocess_mode="livemax",
)  # fmt: skip
"""The most that a process tells: one that read before an edit does not hide what another read after it."""
_COMPARED = Gauge(
    "yici_register_compared", "When the registers were last compared with the ledger (Unix seconds).",
    multiprocess_mode="mostrecent",
)  # fmt: skip
log = structlog.get_logger(__name__)


async def keep_comparing(url: str, seconds: float) -> None:
    """Compare all registers with the ledger until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        begun = loop.time()
        try:
            found = await check_registers(url)
            await read_again(url, found.named)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next turn may mend it
            log.error("registers.not_compared", error=type(error).__name__)
            if isinstance(error, asyncpg.DataError):  # a leaf that is none
                tell_departed({"ledger": 1})
            await asyncio.sleep(_RETRY_SECONDS)
            continue
        tell_departed({"ledger": 0, **found.of_registers()})
        with suppress(OSError):
            _COMPARED.set_to_current_time()
        log_departed(found.named)
        took = loop.time() - begun
        log.info("registers.compared", rows=found.rows, departed=found.departed, seconds=round(took, 3))
        await asyncio.sleep(max(seconds, took * _SHARE))


def tell_departed(counts: Mapping[str, int]) -> None:
    """Set the number of departing rows of each register in the metrics, which ``/health`` reads."""
    with suppress(OSError):  # a disk that is full must not keep a register from being read
        for register, count in counts.items():
            _DEPARTED.labels(register).set(count)


def log_departed(found: list[Departure]) -> None:
    """Log rows that depart, by their entries, since their ids may be personal."""
    for item in found[:_LOGGED]:
        log.error("register.departed", register=item.register, change=item.change.value, entry=item.entry)


async def departed_registers() -> str:
    """Return which registers have rows that are not as the ledger records them."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped upstream
    samples = [sample for metric in registry.collect() for sample in metric.samples if sample.name == _DEPARTED_NAME]
    told = [f"{item.labels['register']} {int(item.value)}" for item in samples if item.value]
    return f"degraded: not as the ledger records them: {', '.join(sorted(told))}" if told else ""
