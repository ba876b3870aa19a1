"""The wiring of the supervisor's jobs on the registers."""

from collections.abc import Coroutine, Mapping
from functools import partial

from exchange.node.conformity import keep_comparing
from exchange.node.jobs import keep_expiring, keep_publishing
from exchange.node.wiring.registers import expire, publish_revocations
from exchange.settings import Settings


def register_jobs(settings: Settings, url: str) -> Mapping[str, Coroutine[None, None, None]]:
    """Return the jobs by name, which run until cancelled."""
    return {
        "revocations": keep_publishing(partial(publish_revocations, settings, url, only_due=True)),
        "expiry": keep_expiring(partial(expire, settings, url)),
        "registers": keep_comparing(url, settings.registers.compare_seconds),
    }
