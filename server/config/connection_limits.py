"""The limits on HTTP connections that operators may change. Worker processes import this module before any other."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConnectionLimits:
    """The settings of server/config/connection_settings.py, in bytes, seconds and bytes per second."""

    header_bytes: int = 32_768
    headers: int = 100
    url_bytes: int = 16_384
    header_timeout: float = 10.0
    body_timeout: float = 60.0
    body_rate: int = 1000
    send_timeout: float = 60.0
    keep_alive_timeout: float = 75.0
    connections: int = 10_000
    connections_per_address: int = 2500

    def limit_per_address(self, connections: int) -> int:
        """Return how many of these connections an address gets: at most half."""
        return min(self.connections_per_address, max(1, connections // 2))


DEFAULT_LIMITS = ConnectionLimits()
