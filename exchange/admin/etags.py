"""Etags of rows: a change names the version that its caller has seen."""

from registry.errors import RuleError
from registry.items import Stored
from registry.transitions import ConflictError


def require_etag(given: str, stored: Stored) -> None:
    """Refuse a change of another version than the stored one.

    Raises:
        RuleError: no version is named.
        ConflictError: the row was changed meanwhile.
    """
    if not given:
        raise RuleError("etag", "is required: that of the item as it was read")
    if given != stored.etag:
        raise ConflictError(stored.register, stored.revision)
