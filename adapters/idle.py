"""A source that is out of service: every lookup fails at once, and says why."""

from collections.abc import Sequence

from adapters.errors import UnavailableError
from adapters.source import Fetched, Health
from registry.identifiers import SubjectKind


class IdleSource:
    """Stands in for a dataset whose description or connection cannot be used."""

    def __init__(self, why: str) -> None:
        self.why = why

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:  # noqa: ARG002  # the protocol's
        """See ``Source``.

        Raises:
            UnavailableError: always.
        """
        raise UnavailableError(f"out of service: {self.why}")

    async def health(self) -> Health:
        """See ``Source``."""
        return Health(ready=False, detail=f"out of service: {self.why}")

    async def close(self) -> None:
        """Nothing to let go of."""
