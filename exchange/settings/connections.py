"""The settings of connections to departments' stores, each of which is validated alone."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from exchange.settings.faults import first_fault
from exchange.settings.sections import Section


class SqlConnection(Section):
    """A department's database."""

    kind: Literal["sql"]
    url: str


class RestConnection(Section):
    """A department's REST service."""

    kind: Literal["rest"]
    base_url: str
    batch: bool = True
    token_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    @property
    def files(self) -> dict[str, Path]:
        """The files that are named, by setting."""
        named = {
            "token_file": self.token_file, "ca_file": self.ca_file, "certificate_file": self.certificate_file,
            "key_file": self.key_file,
        }  # fmt: skip
        return {name: path for name, path in named.items() if path}


class FileConnection(Section):
    """A department's drop folder."""

    kind: Literal["file"]
    folder: Path


class BrokenConnection(Section):
    """A connection that breaks a rule; only the datasets that use it are out of service."""

    kind: Literal["broken"] = "broken"
    place: str
    rule: str


Connection = Annotated[SqlConnection | RestConnection | FileConnection, Field(discriminator="kind")]
_CONNECTION: TypeAdapter[SqlConnection | RestConnection | FileConnection] = TypeAdapter(Connection)


def each_connection(found: Any) -> Any:
    """Validate each connection separately, so that an invalid one does not affect the others."""
    return {name: _connection(value) for name, value in found.items()} if isinstance(found, dict) else found


def _connection(value: Any) -> Connection | BrokenConnection:
    try:
        return _CONNECTION.validate_python(value)
    except ValidationError as error:
        place, rule = first_fault(error)
        return BrokenConnection(place=f".{place}" if place else "", rule=rule)
