"""The registry of connections: limits, and which idle connection makes room."""

from dataclasses import dataclass

from server.connections.refusal import Refusal
from server.connections.registry import ClientNetwork, ConnectionRegistry

PROXY = "198.51.100.1"


@dataclass(eq=False)
class FakeConnection:
    """A connection that can be closed unless it still sends a response."""

    registry: ConnectionRegistry
    network: ClientNetwork
    is_sending: bool = False
    is_closed: bool = False

    def close_if_idle(self) -> bool:
        if not self.is_sending:
            self.is_closed = True
            self.registry.remove(self, self.network)
        return not self.is_sending


def open_connection(registry: ConnectionRegistry, address: str, *, is_idle: bool = True) -> FakeConnection:
    network = registry.admit(address)
    assert isinstance(network, ClientNetwork)
    connection = FakeConnection(registry, network)
    if is_idle:
        registry.mark_idle(connection, network)
    return connection


def test_longest_idle_connection_of_all_makes_room() -> None:
    registry = ConnectionRegistry(3, 3, ())
    first, second, third = [open_connection(registry, f"192.0.2.{number}") for number in range(3)]
    registry.mark_busy(first, first.network)
    registry.mark_idle(first, first.network)
    open_connection(registry, "192.0.2.9")
    assert [each.is_closed for each in (first, second, third)] == [False, True, False]


def test_connection_that_sends_a_response_is_not_closed() -> None:
    registry = ConnectionRegistry(2, 2, ())
    first, second = [open_connection(registry, "192.0.2.1") for _ in range(2)]
    first.is_sending = True
    open_connection(registry, "192.0.2.2")
    assert [first.is_closed, second.is_closed] == [False, True]
    second = open_connection(registry, "192.0.2.2")
    second.is_sending = True
    assert isinstance(registry.admit("192.0.2.2"), Refusal)


def test_busy_connections_are_not_closed() -> None:
    registry = ConnectionRegistry(3, 2, ())
    opened = [open_connection(registry, "192.0.2.1", is_idle=False) for _ in range(2)]
    refused = registry.admit("192.0.2.1")
    assert isinstance(refused, Refusal)
    assert "MAX_CONNECTIONS_PER_ADDRESS" in refused.message
    opened.append(open_connection(registry, "192.0.2.2", is_idle=False))
    refused = registry.admit("192.0.2.3")
    assert isinstance(refused, Refusal)
    assert "MAX_CONNECTIONS)" in refused.message
    registry.remove(opened[0], opened[0].network)
    assert isinstance(registry.admit("192.0.2.3"), ClientNetwork)


def test_addresses_of_an_ipv6_network_count_together() -> None:
    registry = ConnectionRegistry(10, 1, ())
    open_connection(registry, "2001:db8::1", is_idle=False)
    assert isinstance(registry.admit("2001:db8::2"), Refusal)
    assert isinstance(registry.admit("2001:db8:0:1::2"), ClientNetwork)


def test_proxies_are_limited_in_all_only() -> None:
    registry = ConnectionRegistry(5, 1, {PROXY})
    for _ in range(5):
        open_connection(registry, PROXY, is_idle=False)
    refused = registry.admit("192.0.2.1")
    assert isinstance(refused, Refusal)
    assert "MAX_CONNECTIONS)" in refused.message
