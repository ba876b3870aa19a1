"""The strictness of declared classes for parsing; plain data, so classes do not import a parser."""

from collections.abc import Mapping
from typing import Any

STRICT_SHAPE: Mapping[str, Any] = {"extra": "forbid", "str_strip_whitespace": True}
"""A value for ``__pydantic_config__``: unknown keys are errors."""
