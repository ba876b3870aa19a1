"""The sections of the settings: node, database, keys, registers, limits, tuning and telemetry."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A section, which has no other settings than these."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NodeSettings(Section):
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


class DatabaseSettings(Section):
    """The registry's PostgreSQL."""

    url: str = ""


class KeySettings(Section):
    """The software key store."""

    password_file: str = ""


class Limits(Section):
    """Limits on size, count and time."""

    message_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    concurrent_calls: int = Field(default=1000, ge=1)
    calls_per_second: float = Field(default=5000.0, gt=0)
    connections_per_address: int = Field(default=256, ge=1)
    pages_per_second: float = Field(default=100.0, gt=0)
    default_seconds: float = Field(default=10.0, gt=0)
    max_seconds: float = Field(default=60.0, gt=0)
    drain_seconds: float = Field(default=20.0, gt=0)


class Registers(Section):
    """How the registers are held to the ledger."""

    compare_seconds: float = Field(default=600.0, gt=0)


_Objects = Annotated[int, Field(ge=100)]
_Looks = Annotated[int, Field(ge=1)]
GcThresholds = tuple[_Objects, _Looks, _Looks]
"""The arguments of ``gc.set_threshold``."""


class Tuning(Section):
    """Settings for the use of the machine's resources."""

    batch_policy: bool = True
    event_loop: Literal["grouped", "plain"] = "grouped"
    worker_gc: GcThresholds = (2_000, 20, 100)
    """Thresholds of the workers' garbage collector.

    gRPC leaves a cycle of five objects a call. A collection of fifty thousand of them, the best number for rows, would
    stop every call in flight for 20 to 50 ms (docs/benchmarks/experiments.md).
    """
    ledger_writer_gc: GcThresholds = (50_000, 20, 100)


class Telemetry(Section):
    """OpenTelemetry traces."""

    otlp_endpoint: str = ""
