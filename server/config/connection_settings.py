"""The settings for HTTP connections."""

from pydantic import Field
from pydantic_settings import BaseSettings

from server.config.connection_limits import DEFAULT_LIMITS, ConnectionLimits
from server.config.setting_types import Seconds


class ConnectionLimitSettings(BaseSettings):
    """Limits on the size of a request's head, on the time that clients may take, and on the number of connections."""

    max_header_bytes: int = Field(
        DEFAULT_LIMITS.header_bytes, ge=1024, le=1_048_576, description="Maximum bytes of a request's headers."
    )
    max_headers: int = Field(
        DEFAULT_LIMITS.headers, ge=10, le=10_000, description="Maximum number of a request's headers."
    )
    max_url_bytes: int = Field(
        DEFAULT_LIMITS.url_bytes, ge=256, le=1_048_576, description="Maximum bytes of a request's URL."
    )
    header_timeout: Seconds = Field(
        DEFAULT_LIMITS.header_timeout,
        description="Seconds in which a new connection must begin a request, and a request's head must arrive.",
    )
    body_timeout: Seconds = Field(
        DEFAULT_LIMITS.body_timeout, description="Seconds in which a body must arrive, or reach MIN_BODY_RATE."
    )
    min_body_rate: int = Field(
        DEFAULT_LIMITS.body_rate,
        ge=1,
        le=1_000_000_000,
        description="Bytes per second at which large bodies must arrive and responses must be read.",
    )
    send_timeout: Seconds = Field(
        DEFAULT_LIMITS.send_timeout, description="Seconds in which a client must read a response, or MIN_BODY_RATE."
    )
    keep_alive_timeout: Seconds = Field(
        # Longer than the 60 seconds that load balancers keep idle connections. They would send requests into
        # connections that the server closes first.
        DEFAULT_LIMITS.keep_alive_timeout,
        description="Seconds after which an idle connection is closed.",
    )
    max_connections: int = Field(
        DEFAULT_LIMITS.connections, ge=1, le=1_000_000, description="Maximum HTTP connections of each process."
    )
    max_connections_per_address: int = Field(
        DEFAULT_LIMITS.connections_per_address,
        ge=1,
        le=1_000_000,
        description="Maximum HTTP connections of a client address to each process.",
    )

    @property
    def connection_limits(self) -> ConnectionLimits:
        """The limits as one object, which worker processes receive."""
        return ConnectionLimits(
            self.max_header_bytes,
            self.max_headers,
            self.max_url_bytes,
            self.header_timeout,
            self.body_timeout,
            self.min_body_rate,
            self.send_timeout,
            self.keep_alive_timeout,
            self.max_connections,
            self.max_connections_per_address,
        )
