"""The kinds of proposals, by the names of their contents on the wire."""

from collections.abc import Mapping

from exchange.admin.duties import DUTIES
from exchange.admin.plans import Kind

KINDS: Mapping[str, Kind] = {
    "duties_change": DUTIES,
}
