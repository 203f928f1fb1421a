"""The settings of the database's connections, apart from its URL."""

from collections.abc import Callable
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings

from server.config.postgres_connection import ConnectionDefaults
from server.config.setting_types import PoolPreset, Seconds

POOL_PRESETS: dict[str | None, tuple[int, int]] = {
    None: (10, 10),
    "light": (5, 5),
    "medium": (20, 10),
    "heavy": (30, 0),
}
"""The defaults of DB_POOL_SIZE and DB_MAX_OVERFLOW."""


def _preset_value(position: int) -> Callable[[dict[str, Any]], int]:
    """Return a default that is this value of the preset."""

    def default(values: dict[str, Any]) -> int:
        return POOL_PRESETS[values["db_pool_preset"]][position]

    return default


class DatabaseSettings(BaseSettings):
    """The numbers of connections, their timeouts, and what they show to operators."""

    # First, because defaults of later fields depend on it.
    db_pool_preset: PoolPreset | None = Field(
        None,
        description="Pool size and overflow: light is 5 + 5, medium 20 + 10, heavy 30 + 0. By default, 10 + 10.",
    )
    db_pool_size: int = Field(
        default_factory=_preset_value(0),
        ge=1,
        le=1000,
        description="Database connections that each process keeps open.",
    )
    db_max_overflow: int = Field(
        default_factory=_preset_value(1), ge=0, le=1000, description="Connections each process may open in addition."
    )
    db_pool_timeout: Seconds = Field(10.0, description="Seconds to wait for a free connection.")
    db_pool_recycle: int = Field(
        3600, ge=1, le=86_400, description="Seconds after which a connection is replaced before its next use."
    )
    db_statement_timeout: Seconds = Field(30.0, description="Seconds a statement may take on PostgreSQL.")
    db_idle_transaction_timeout: Seconds = Field(
        60.0,
        description="Seconds a transaction may wait for its next statement on PostgreSQL; it delays the change feed.",
    )
    db_connect_timeout: Seconds = Field(10.0, description="Seconds to wait for a new connection.")
    application_name: str = Field(
        "allotment",
        pattern=r"^[A-Za-z0-9._-]{1,63}$",
        description="The application name of our connections in PostgreSQL.",
    )
    echo_sql: bool = Field(default=False, description="Log every SQL statement with its values.")

    @property
    def connection_defaults(self) -> ConnectionDefaults:
        """What database URLs need not contain."""
        return ConnectionDefaults(
            self.application_name,
            self.db_connect_timeout,
            self.db_statement_timeout,
            self.db_idle_transaction_timeout,
        )
