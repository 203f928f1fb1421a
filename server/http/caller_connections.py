"""A limit on the live connections of one caller: a user, an API key, or a network without credentials.

Live connections are WebSockets and subscriptions over HTTP.
"""

from collections import defaultdict

from database.authentication import Credentials
from services.people.rate_limit import network_of


class TooManyConnections(Exception):
    """The caller has as many live connections as it may have."""


class CallerConnections:
    """Counts the live connections of each caller of one process."""

    def __init__(self, max_connections: int) -> None:
        self._max_connections = max_connections
        self._counts: defaultdict[str, int] = defaultdict(int)

    def enter(self, caller: str) -> None:
        """Count a connection; raise TooManyConnections if the caller has too many."""
        if self._counts.get(caller, 0) >= self._max_connections:
            message = f"{self._max_connections} live connections of this caller are open"
            raise TooManyConnections(f"{message} (MAX_LIVE_CONNECTIONS_PER_CALLER)")
        self._counts[caller] += 1

    def leave(self, caller: str) -> None:
        """Count the connection no longer."""
        self._counts[caller] -= 1
        if not self._counts[caller]:
            del self._counts[caller]


def name_network(client_host: str | None) -> str:
    """Return the caller of a connection without credentials."""
    return f"network:{network_of(client_host)}"


def name_caller(credentials: Credentials, client_host: str | None) -> str:
    """Return to which caller a connection with these credentials counts."""
    if credentials.user_id is not None:
        return f"user:{credentials.user_id}"
    if credentials.key_hash is not None:
        return f"key:{credentials.key_hash}"
    return name_network(client_host)
