"""The open connections of a process, counted in all and per client address."""

from collections import OrderedDict
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Protocol

from server.connections.refusal import Refusal, too_many_connections
from services.people.rate_limit import network_of

MAX_CANDIDATES = 16
"""How many idle connections are examined to close one of them."""


class Connection(Protocol):
    """What the registry needs of a connection."""

    def close_if_idle(self) -> bool:
        """Close the connection unless it still sends a response; return whether it is closed."""


@dataclass(eq=False, slots=True)
class ClientNetwork:
    """The connections of a client address, or of all trusted proxies."""

    name: str
    max_connections: int
    count: int = 0
    idle: OrderedDict[Connection, None] = field(default_factory=OrderedDict)
    """The connections without a request, the longest idle first."""


class ConnectionRegistry:
    """Counts connections, and closes idle ones to make room for new ones.

    A trusted proxy may open any number of connections: its clients share them (server/http/forwarded_limit.py).
    """

    def __init__(self, max_connections: int, max_per_address: int, trusted_proxies: Container[str]) -> None:
        self._max_connections = max_connections
        self._max_per_address = max_per_address
        self._trusted_proxies = trusted_proxies
        self._count = 0
        self._idle: OrderedDict[Connection, None] = OrderedDict()
        self._networks: dict[str, ClientNetwork] = {}
        self.rejected = 0
        """Connections beyond a limit that still receive their response."""

    def admit(self, address: str) -> ClientNetwork | Refusal:
        """Count a connection from this address, or return why it is refused."""
        network = self._find_network(address)
        if network.count >= network.max_connections and not _close_one(network.idle):
            return too_many_connections(network.max_connections, "MAX_CONNECTIONS_PER_ADDRESS")
        if self._count >= self._max_connections and not _close_one(self._idle):
            return too_many_connections(self._max_connections, "MAX_CONNECTIONS")
        self._networks[network.name] = network
        self._count += 1
        network.count += 1
        return network

    def remove(self, connection: Connection, network: ClientNetwork) -> None:
        """Note that an admitted connection is closed."""
        self.mark_busy(connection, network)
        self._count -= 1
        network.count -= 1
        if network.count == 0:
            del self._networks[network.name]

    def mark_idle(self, connection: Connection, network: ClientNetwork) -> None:
        """Note that a connection has no request; it may be closed."""
        self._idle[connection] = None
        network.idle[connection] = None

    def mark_busy(self, connection: Connection, network: ClientNetwork) -> None:
        """Note that a connection has a request."""
        self._idle.pop(connection, None)
        network.idle.pop(connection, None)

    def _find_network(self, address: str) -> ClientNetwork:
        is_proxy = address in self._trusted_proxies
        name = "trusted proxies" if is_proxy else network_of(address)
        limit = self._max_connections if is_proxy else self._max_per_address
        return self._networks.get(name) or ClientNetwork(name, limit)


def _close_one(idle: OrderedDict[Connection, None]) -> bool:
    """Close the connection that has been idle for the longest time; return False if there is none."""
    for _ in range(min(len(idle), MAX_CANDIDATES)):
        connection = next(iter(idle))
        if connection.close_if_idle():
            return True
        idle.move_to_end(connection)
    return False
