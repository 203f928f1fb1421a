"""What the client of a WebSocket or a batch has seen of the primary's log: its later operations read at least that."""

from database.replicas import Replicas
from database.wal_position import WalPosition
from resolvers.context import Context
from server.http.consistency import read_position
from server.http.request import HttpRequest


class SeenPosition:
    """The newest position that the operations of one WebSocket or batch have written."""

    def __init__(self) -> None:
        self._newest: WalPosition | None = None

    def apply(self, request: HttpRequest, context: Context) -> None:
        """Let the operation read what earlier ones have written: the token in its headers, or the newest position."""
        if context.services.replicas is not None:
            context.read_position = _newer(self._newest, read_position(request))

    async def load_token(self, replicas: Replicas, context: Context) -> str | None:
        """Return the consistency token of an operation that has written; None if it cannot be read."""
        position = await replicas.load_position(context.credentials.group)
        self._newest = _newer(self._newest, position)
        return None if position is None else position.encode()


def _newer(first: WalPosition | None, second: WalPosition | None) -> WalPosition | None:
    """Return the newer position. A later timeline is newer than the one that it follows."""
    positions = [position for position in (first, second) if position is not None]
    return max(positions, key=lambda position: (position.timeline, position.lsn), default=None)
