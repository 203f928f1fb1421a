"""The settings of live connections: WebSockets, and subscriptions over HTTP."""

from pydantic import Field
from pydantic_settings import BaseSettings

from server.config.setting_types import Seconds


class LiveSettings(BaseSettings):
    """The number of live connections, and the heartbeats of those over HTTP."""

    max_live_connections_per_caller: int = Field(
        100,
        ge=1,
        le=1_000_000,
        description="WebSockets and subscriptions over HTTP of a user, of an API key, or of a network without "
        "credentials, to each process.",
    )
    stream_heartbeat_interval: Seconds = Field(
        12.0, description="Seconds after which a subscription over HTTP without a result sends a heartbeat."
    )
