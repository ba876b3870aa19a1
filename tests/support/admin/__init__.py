"""What tests of all methods need of the services of administration; one module a service.

Each has ``CASES``, the permitted calls by method, and ``WRONG``, by method who may not make the call: a person or system
of another duty. It may have ``OTHERWISE``, ``KINDS`` and ``DONE``, as tests/scenario/test_one_road.py explains, and for
its registers ``CHANGES``, ``EDITS``, ``UNHELD``, ``MADE``, ``PARTS`` and a function ``act`` that makes rows of them, as
tests/scenario/test_registers_held.py and tests/scenario/test_row_digests.py do.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

MODULES = [
    import_module(f"{__name__}.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("*.py"))
    if not path.stem.startswith("_")
]


def gathered(name: str) -> dict[str, Any]:
    """Return what all modules have under a name."""
    found: dict[str, Any] = {}
    for module in MODULES:
        part: Mapping[str, Any] = getattr(module, name, {})
        assert not found.keys() & part.keys(), name
        found |= part
    return found
