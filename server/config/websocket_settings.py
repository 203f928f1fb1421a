"""The settings of WebSocket connections."""

from pydantic import Field
from pydantic_settings import BaseSettings

from server.config.setting_types import Seconds


class WebSocketSettings(BaseSettings):
    """Limits on the size of messages, on the number of operations, and on the time of clients."""

    max_websocket_message_bytes: int = Field(
        131_072, ge=1024, le=16_777_216, description="Maximum bytes of a message that a client sends over WebSocket."
    )
    max_websocket_operations: int = Field(
        100, ge=1, le=10_000, description="Operations that may run on a WebSocket at the same time."
    )
    max_websocket_unsent_bytes: int = Field(
        16_777_216,
        ge=1024,
        le=1_073_741_824,
        description="Bytes of messages that may wait for a slow client before its WebSocket is closed.",
    )
    websocket_init_timeout: Seconds = Field(
        10.0, description="Seconds in which a client must send connection_init over a new WebSocket."
    )
    websocket_idle_timeout: Seconds = Field(
        600.0, description="Seconds after which a WebSocket without a running operation is closed."
    )
    websocket_ping_interval: Seconds = Field(
        30.0, description="Seconds between the pings that the server sends over a WebSocket."
    )
    websocket_ping_timeout: Seconds = Field(
        20.0, description="Seconds in which a client must respond to a ping, or read at MIN_BODY_RATE."
    )
