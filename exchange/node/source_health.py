"""Monitoring of sources: their readiness and age in metrics, and their faults in the log."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog
from prometheus_client import CollectorRegistry, Gauge, multiprocess

from adapters.source import Described, Health, Source
from registry.catalogue import Dataset, disagreeing

_WATCH_SECONDS = 15.0
_PATIENCE_SECONDS = 5.0
_READY_NAME = "yici_source_ready"
_READY = Gauge(_READY_NAME, "1 if a dataset's source can answer.", ["dataset"], multiprocess_mode="mostrecent")
_AS_OF = Gauge(
    "yici_source_as_of", "As of when a dataset's source has its data (Unix seconds).", ["dataset"],
    multiprocess_mode="mostrecent",
)  # fmt: skip
_ASIDE = Gauge(
    "yici_source_rows_set_aside", "Rows of a dataset's drop that do not fit and are set aside.", ["dataset"],
    multiprocess_mode="mostrecent",
)  # fmt: skip
log = structlog.get_logger(__name__)


def unready() -> list[str]:
    """Return the datasets whose source cannot answer, by any worker's last check."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped upstream
    found = [sample for metric in registry.collect() for sample in metric.samples if sample.name == _READY_NAME]
    return sorted(sample.labels["dataset"] for sample in found if not sample.value)


async def keep_watching(
    sources: Mapping[str, Source],
    changed: asyncio.Event | None = None,
    catalogue: Callable[[], Mapping[str, Dataset]] = dict,
) -> None:
    """Check every source's health at intervals, and at once when ``changed``, until cancelled.

    A source that is described differently from the recorded ``catalogue`` is not ready, whatever its health.
    """
    said: dict[str, str] = {}
    changed = changed or asyncio.Event()
    while True:
        changed.clear()
        try:
            await _check_all(sources, said, catalogue())
        except OSError as error:  # metrics are files
            log.error("metrics.not_written", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), _WATCH_SECONDS)


async def _check_all(sources: Mapping[str, Source], said: dict[str, str], catalogue: Mapping[str, Dataset]) -> None:
    names = list(sources)
    for name in said.keys() - set(names):
        _READY.labels(name).set(0)
        del said[name]
    found = await asyncio.gather(*[_health(sources[name], catalogue.get(name)) for name in names if name in sources])
    for name, health in zip(names, found, strict=True):
        _READY.labels(name).set(health.ready)
        _ASIDE.labels(name).set(health.rows_aside)
        if health.as_of is not None:
            _AS_OF.labels(name).set(health.as_of.timestamp())
        if health.detail != said.setdefault(name, ""):
            said[name] = health.detail
            tell = log.warning if health.detail else log.info
            tell("source.health", dataset=name, ready=health.ready, detail=health.detail)


async def _health(source: Source, dataset: Dataset | None = None) -> Health:
    if dataset and isinstance(source, Described) and (odd := disagreeing(dataset, source.catalogue)):
        return Health(ready=False, detail=f"{', '.join(sorted(odd))}: described for another version of the catalogue")
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await source.health()
    except TimeoutError:
        return Health(ready=False, detail="the source did not say in time how it is")
    except Exception as error:  # noqa: BLE001  # whatever the error, the other sources are checked
        return Health(ready=False, detail=f"the source failed ({type(error).__name__})")
