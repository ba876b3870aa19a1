"""All settings of a node: ``yici.toml`` in the data folder, overridden by the environment.

For example ``YICI_LIMITS__MAX_SECONDS=30``.
"""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from exchange.settings.connections import BrokenConnection, Connection, each_connection
from exchange.settings.faults import first_fault
from exchange.settings.sections import DatabaseSettings, KeySettings, Limits, NodeSettings, Registers, Telemetry, Tuning
from registry.errors import RuleError

FILE = "yici.toml"


class Settings(BaseSettings):
    """All settings of a node; relative paths are in ``data``."""

    model_config = SettingsConfigDict(env_prefix="YICI_", env_nested_delimiter="__", extra="forbid", frozen=True)

    data: Path
    node: NodeSettings = NodeSettings()
    database: DatabaseSettings = DatabaseSettings()
    keys: KeySettings = KeySettings()
    registers: Registers = Registers()
    limits: Limits = Limits()
    tuning: Tuning = Tuning()
    telemetry: Telemetry = Telemetry()
    connections: Annotated[dict[str, Connection | BrokenConnection], BeforeValidator(each_connection)] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the parent's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use the caller's values first, then the environment, then the file."""
        path = Path(init_settings.init_kwargs["data"]) / FILE  # type: ignore[attr-defined]  # always the init source
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=path)

    @property
    def worker_count(self) -> int:
        """The number of worker processes."""
        return self.node.workers or os.cpu_count() or 1

    @property
    def status_uri(self) -> str:
        """The URI of status lists, without a list's number."""
        base = self.node.public_url.rstrip("/") or f"http://{self.node.http_host}:{self.node.http_port}"
        return f"{base}/status/"

    def path(self, relative: str | Path) -> Path:
        """Return a path in the data folder, unless it is absolute."""
        return self.data / relative


def load_settings(data: Path, **overrides: Any) -> Settings:
    """Return the settings of a data folder.

    Raises:
        RuleError: the file is missing, or a key is wrong; names the key.
    """
    if not (data / FILE).is_file():
        raise RuleError(str(data / FILE), "not there; run: yici init")
    try:
        return Settings(data=data.resolve(), **overrides)
    except ValidationError as error:
        place, rule = first_fault(error)
        raise RuleError(f"{FILE} {place}", rule) from error
    except ValueError as error:
        raise RuleError(FILE, f"not TOML: {error}") from error
