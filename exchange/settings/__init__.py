"""Settings: ``yici.toml`` in the data folder, overridden by the environment."""

from exchange.settings.connections import BrokenConnection, Connection, FileConnection, RestConnection, SqlConnection
from exchange.settings.loading import FILE, Settings, load_settings
from exchange.settings.sections import Limits, NodeSettings, Telemetry, Tuning

__all__ = [
    "FILE", "BrokenConnection", "Connection", "FileConnection", "Limits", "NodeSettings", "RestConnection", "Settings",
    "SqlConnection", "Telemetry", "Tuning", "load_settings",
]  # fmt: skip
