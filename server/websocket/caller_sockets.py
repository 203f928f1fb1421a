"""A limit on the WebSockets of one caller: a user, an API key, or a network without credentials."""

from collections import defaultdict

from database.authentication import Credentials
from server.websocket.close import CloseCode, CloseSocket
from services.people.rate_limit import network_of


class CallerSockets:
    """Counts the WebSockets of each caller of one process."""

    def __init__(self, max_sockets: int) -> None:
        self._max_sockets = max_sockets
        self._counts: defaultdict[str, int] = defaultdict(int)

    @property
    def total(self) -> int:
        """The number of open WebSockets."""
        return sum(self._counts.values())

    def enter(self, caller: str) -> None:
        """Count a WebSocket; raise CloseSocket if the caller has too many."""
        if self._counts.get(caller, 0) >= self._max_sockets:
            message = f"{self._max_sockets} sockets of this caller are open (MAX_WEBSOCKETS_PER_CALLER)"
            raise CloseSocket(CloseCode.TRY_AGAIN_LATER, message)
        self._counts[caller] += 1

    def leave(self, caller: str) -> None:
        """Count the WebSocket no longer."""
        self._counts[caller] -= 1
        if not self._counts[caller]:
            del self._counts[caller]


def name_network(client_host: str | None) -> str:
    """Return the caller of a WebSocket without credentials."""
    return f"network:{network_of(client_host)}"


def name_caller(credentials: Credentials, client_host: str | None) -> str:
    """Return to which caller a WebSocket with these credentials counts."""
    if credentials.user_id is not None:
        return f"user:{credentials.user_id}"
    if credentials.key_hash is not None:
        return f"key:{credentials.key_hash}"
    return name_network(client_host)
