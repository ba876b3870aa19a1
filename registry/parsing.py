"""Parsing of YAML and JSON into frozen dataclasses, and back; errors name the place and the rule."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import yaml
from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError

from keys.printable import is_printable
from registry.errors import IdentifierError, RuleError, RulesError
from registry.identifiers.enterprises import parse_uscc
from registry.shapes import STRICT_SHAPE
from registry.wording import UNKNOWN_KEY, faults_of

STRICT = cast("ConfigDict", STRICT_SHAPE)
"""``STRICT_SHAPE`` with pydantic's type."""

OFFSET_RULE = "must be a time with its offset, such as 2026-01-01T00:00:00+08:00"
MAX_NAME = 200
MAX_BASIS = 400
_MAX_ID = 100
_REGION = re.compile(r"[1-8][0-9]{5}")
_MAX_DEPTH = 50
_MAX_FILE = 4 * 1024 * 1024
T = TypeVar("T")


def _id(text: str) -> str:
    if not 0 < len(text) <= _MAX_ID or not text[0].isalnum() or not all(c.isalnum() or c in "._:-" for c in text):
        raise ValueError("1 to 100 of letters, digits, dots, colons, hyphens and underscores")
    return text


def _region(text: str) -> str:
    if not _REGION.fullmatch(text):
        raise ValueError("six digits, the first 1 to 8")
    return text


def _uscc(text: str) -> str:
    try:
        return parse_uscc(text)
    except IdentifierError as error:  # without the identifier's name, since the place has it
        raise ValueError(error.rule) from error


def words(most: int) -> Callable[[str], str]:
    """Return a check of texts for people: one line of at most so many printable characters."""

    def check(text: str) -> str:
        if not 0 < len(text) <= most or not is_printable(text):
            raise ValueError(f"1 to {most} printable characters")
        return text

    return check


Id = Annotated[str, AfterValidator(_id)]
"""The id of a register's item, by which other items, the ledger and the command line refer to it."""
Name = Annotated[str, AfterValidator(words(MAX_NAME))]
"""The name of an item for people."""
Region = Annotated[str, AfterValidator(_region)]
"""A region's code (GB/T 2260)."""
Uscc = Annotated[str, AfterValidator(_uscc)]
"""An agency's unified social credit code."""
LegalBasis = Annotated[str, AfterValidator(words(MAX_BASIS))]
"""The article of law on which something is based."""


def parse(shape: type[T], data: Any, where: str) -> T:
    """Parse data into a dataclass.

    Raises:
        RuleError: names every place that does not fit, as a path, and the rule.
    """
    try:
        return cast("T", _adapter(shape).validate_python(data))
    except ValidationError as error:
        # A misspelt key causes a missing key, too; the misspelt one is reported first.
        errors = sorted(error.errors(), key=lambda item: item["type"] not in UNKNOWN_KEY)
        faults = [fault for item in errors for fault in faults_of(item, shape, where)]
        raise (RulesError(faults) if len(faults) > 1 else faults[0]) from error


def dump(item: object) -> Any:
    """Return a dataclass as JSON-ready data, which ``parse`` accepts."""
    return _adapter(type(item)).dump_python(item, mode="json")


def load_yaml(path: Path) -> Any:
    """Read the data of a YAML file.

    Raises:
        RuleError: unreadable, too large, or not YAML; names the line.
    """
    try:
        if path.stat().st_size > _MAX_FILE:
            raise RuleError(path.name, f"at most {_MAX_FILE} bytes")
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506  # the loader is a safe one
    except RuleError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(path.name, "must be a readable UTF-8 file") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise RuleError(path.name, f"not YAML, line {mark.line + 1}" if mark else "not YAML") from error
    except ValueError as error:  # an impossible date, or a repeated key
        raise RuleError(path.name, str(error)) from error


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses four more things with messages.

    They are repeated keys (forbidden by YAML; PyYAML keeps the last one), excessive nesting (PyYAML's time is quadratic
    in it), aliases (a few of them stand for billions of values), and scalars that are not of their tag's type.
    """

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        self._require_depth(self._depth)
        found = super().compose_node(parent, index)
        self._depth -= 1
        return found

    def fetch_flow_collection_start(self, kind: Any) -> None:
        self._require_depth(self.flow_level)  # the scanner is ahead of the composer
        super().fetch_flow_collection_start(kind)

    def fetch_alias(self) -> None:
        raise ValueError(f"an alias, line {self.line + 1}; each value is written where it belongs")

    def _require_depth(self, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise ValueError(f"nested more than {_MAX_DEPTH} deep, line {self.line + 1}")

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002  # its parent's
        if not isinstance(node, yaml.ScalarNode):
            return super().construct_object(node, deep)
        try:
            return super().construct_object(node, deep)
        except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
            kind = node.tag.rpartition(":")[2]
            raise ValueError(f"not a {kind}, line {node.start_mark.line + 1}") from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  # its parent's
        lines: dict[str, int] = {}
        for key in [item for item, _ in node.value if isinstance(item, yaml.ScalarNode)]:
            line = key.start_mark.line + 1
            if key.value in lines:
                raise ValueError(f"{key.value} is there twice, in lines {lines[key.value]} and {line}")
            lines[key.value] = line
        return super().construct_mapping(node, deep)


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(shape: type[Any]) -> TypeAdapter[Any]:
    found = _ADAPTERS.get(shape)
    if found is None:
        found = _ADAPTERS[shape] = TypeAdapter(shape)
    return found
