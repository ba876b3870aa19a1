"""A source that is out of service: every lookup raises an error that says why."""

from collections.abc import Sequence

from adapters.errors import UnavailableError
from adapters.source import Fetched, Health
from registry.identifiers import SubjectKind


class IdleSource:
    """Replaces the source of a dataset whose description or connection cannot be used."""

    def __init__(self, why: str) -> None:
        self.why = why

    async def fetch(self, kind: SubjectKind, keys: Sequence[str], fields: Sequence[str], seconds: float) -> Fetched:  # noqa: ARG002  # the protocol's arguments
        """Refuse the lookup; see ``Source.fetch``.

        Raises:
            UnavailableError: always.
        """
        raise UnavailableError(f"out of service: {self.why}")

    async def health(self) -> Health:
        """Report why the source is out of service; see ``Source.health``."""
        return Health(ready=False, detail=f"out of service: {self.why}")

    async def close(self) -> None:
        """Do nothing; there are no resources to release."""
