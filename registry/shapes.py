"""How declared classes are read from YAML and JSON; plain data, so that a class needs no parser to be imported."""

from collections.abc import Mapping
from typing import Any

STRICT_SHAPE: Mapping[str, Any] = {"extra": "forbid", "str_strip_whitespace": True}
"""For ``__pydantic_config__``: a misspelt key is an error, not silence."""
