"""Settings: ``yici.toml`` in the data folder, overridden by the environment.

For example ``YICI_LIMITS__MAX_SECONDS=30``.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from registry.errors import RuleError

FILE = "yici.toml"

TEMPLATE = """\
# Settings of this Yici node. Each can also come from the environment: YICI_NODE__PORT=7443.

[node]
# Name of the ledger: what checkpoints and receipts are issued under. Never change it once the node has answered.
origin = "{origin}"
# Where the gRPC service listens (mutual TLS 1.3), and the names and addresses that its certificate is for.
host = "127.0.0.1"
port = 7443
names = ["localhost", "127.0.0.1"]
# Where tiles, the revocation list, health and metrics are served over plain HTTP. Nothing there is personal.
http_host = "127.0.0.1"
http_port = 7480
# How the outside reaches that (https://…), for the QR codes of licenses, which phones open, and for status lists; empty
# for http://http_host:http_port.
public_url = ""
# Worker processes on the gRPC port; 0 for one a core.
workers = 0
# A folder with fonts beside those that are shipped, for names in rare characters and other scripts (docs/operate.md).
fonts = "fonts"
# One line a log event, as JSON; or console, for people.
log_format = "json"
log_level = "info"

[database]
# A PostgreSQL 15 or newer, postgresql://user:password@host/name; empty for the embedded one in the data folder.
# Not through a pooler in transaction mode.
url = ""

[keys]
# File with the password that encrypts private keys at rest; empty for none (files have mode 0600 either way).
password_file = ""

[limits]
# Of one request, in bytes; a chunk of 10,000 subjects with two values each is about 1 MiB.
message_bytes = 4194304
# Calls at once in one worker (a stream is one call while it is open; one system's streams may be half of them), and
# calls a second of one system in one worker, each message of a stream among them.
concurrent_calls = 1000
calls_per_second = 5000
# Connections of one address at once to one worker, and to the HTTP port; HTTP requests a second of one address.
connections_per_address = 256
pages_per_second = 100
# Deadline of a call that brings none, and the longest that is honoured; a stream that is silent for so long ends.
default_seconds = 10.0
max_seconds = 60.0
# How long a stopping worker waits for calls in flight.
drain_seconds = 20.0

[registers]
# Seconds between two comparisons of all registers with the ledger; more where one takes over a twentieth of that.
compare_seconds = 600.0

[tuning]
# How the node's processes use this machine. The defaults were measured on two to four cores (docs/operate.md); changes
# take effect at the next start.
# Linux: workers and the HTTP process run under the batch policy. A thread that wakes does not push aside the one that
# runs, which saves switches; on processors that other programs keep busy, a call may wait longer.
batch_policy = true
# "grouped": the event loop handles all gRPC events that wait in one turn. "plain": one turn for each event, as uvloop
# does; for a gRPC release with which "grouped" has a fault.
event_loop = "grouped"
# When Python's garbage collector looks for cycles: after so many new objects, and how many such looks are made before
# one at older and at the oldest objects. Larger numbers cost less time, in longer pauses: a worker's callers wait for
# them, the ledger writer makes many rows and few cycles.
worker_gc = [2000, 20, 100]
ledger_writer_gc = [50000, 20, 100]

[telemetry]
# OTLP gRPC endpoint for OpenTelemetry traces, such as http://127.0.0.1:4317; empty for none.
otlp_endpoint = ""

# Where sources are, by the name that dataset descriptions (datasets/*.yaml in this folder) use.
# Both are taken up within seconds when they change. Relative paths are below this folder. Examples:
#
# [connections.police]
# kind = "sql"
# url = "postgresql://reader:secret@10.0.0.5/population"
#
# [connections.tax]
# kind = "rest"
# base_url = "https://10.0.0.6/api"
# token_file = "secrets/tax.token"
# ca_file = "secrets/tax-ca.pem"
# certificate_file = "secrets/yici-at-tax.pem"  # for mutual TLS, with its key
# key_file = "secrets/yici-at-tax.key.pem"
# batch = true
#
# [connections.education]
# kind = "file"
# folder = "drops/education"
"""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NodeSettings(_Section):
    """The node and its addresses."""

    origin: str = "yici.local/ledger"
    host: str = "127.0.0.1"
    port: int = Field(default=7443, ge=0, le=65535)
    names: tuple[str, ...] = ("localhost", "127.0.0.1")
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=7480, ge=0, le=65535)
    public_url: str = ""
    workers: int = Field(default=0, ge=0, le=256)
    fonts: Path = Path("fonts")
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class DatabaseSettings(_Section):
    """The registry's PostgreSQL."""

    url: str = ""


class KeySettings(_Section):
    """The software key store."""

    password_file: str = ""


class Limits(_Section):
    """Limits on size, count and time."""

    message_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    concurrent_calls: int = Field(default=1000, ge=1)
    calls_per_second: float = Field(default=5000.0, gt=0)
    connections_per_address: int = Field(default=256, ge=1)
    pages_per_second: float = Field(default=100.0, gt=0)
    default_seconds: float = Field(default=10.0, gt=0)
    max_seconds: float = Field(default=60.0, gt=0)
    drain_seconds: float = Field(default=20.0, gt=0)


class Registers(_Section):
    """How the registers are held to the ledger."""

    compare_seconds: float = Field(default=600.0, gt=0)


_Objects = Annotated[int, Field(ge=100)]
_Looks = Annotated[int, Field(ge=1)]
GcThresholds = tuple[_Objects, _Looks, _Looks]
"""The arguments of ``gc.set_threshold``."""


class Tuning(_Section):
    """Settings for the use of the machine's resources."""

    batch_policy: bool = True
    event_loop: Literal["grouped", "plain"] = "grouped"
    worker_gc: GcThresholds = (2_000, 20, 100)
    """Thresholds of the workers' garbage collector.

    gRPC leaves a cycle of five objects a call. A collection of fifty thousand of them, the best number for rows, would
    stop every call in flight for 20 to 50 ms (docs/benchmarks/experiments.md).
    """
    ledger_writer_gc: GcThresholds = (50_000, 20, 100)


class Telemetry(_Section):
    """OpenTelemetry traces."""

    otlp_endpoint: str = ""


class SqlConnection(_Section):
    """A department's database."""

    kind: Literal["sql"]
    url: str


class RestConnection(_Section):
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


class FileConnection(_Section):
    """A department's drop folder."""

    kind: Literal["file"]
    folder: Path


class BrokenConnection(_Section):
    """A connection that breaks a rule; only the datasets that use it are out of service."""

    kind: Literal["broken"] = "broken"
    place: str
    rule: str


Connection = Annotated[SqlConnection | RestConnection | FileConnection, Field(discriminator="kind")]


_CONNECTION: TypeAdapter[SqlConnection | RestConnection | FileConnection] = TypeAdapter(Connection)


def _each_connection(found: Any) -> Any:
    """Validate each connection separately, so that an invalid one does not affect the others."""
    return {name: _connection(value) for name, value in found.items()} if isinstance(found, dict) else found


def _connection(value: Any) -> Connection | BrokenConnection:
    try:
        return _CONNECTION.validate_python(value)
    except ValidationError as error:
        place, rule = _first(error)
        return BrokenConnection(place=f".{place}" if place else "", rule=rule)


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
    connections: Annotated[dict[str, Connection | BrokenConnection], BeforeValidator(_each_connection)] = {}

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


_KIND = "its kind must be sql, rest or file"
_PLAIN = {"extra_forbidden": "no such setting", "union_tag_invalid": _KIND, "union_tag_not_found": _KIND}
"""Messages by pydantic's error type, without terms of Python."""


def _first(error: ValidationError) -> tuple[str, str]:
    """Return the place of the first error, and its rule."""
    first = error.errors(include_input=False, include_url=False)[0]
    return ".".join(map(str, first["loc"])), _PLAIN.get(first["type"], first["msg"])


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
        place, rule = _first(error)
        raise RuleError(f"{FILE} {place}", rule) from error
    except ValueError as error:
        raise RuleError(FILE, f"not TOML: {error}") from error
