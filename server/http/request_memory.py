"""A limit on the memory of a process for what clients send slowly and read slowly: large bodies of requests and large
responses."""

from collections import defaultdict

from server.http.overloaded import Overloaded
from services.people.rate_limit import network_of

UNCOUNTED_BYTES = 65_536
"""The first bytes of each body are not counted, nor is a response that is not longer: so most requests cost nothing."""
MAX_SHARE = 4
"""A network may reserve one part in this number of the memory."""


class RequestMemory:
    """Counts the bytes of the bodies whose requests are not answered, and of the responses that are not sent."""

    def __init__(self, max_bytes: int) -> None:
        self.used_bytes = 0
        self._max_bytes = max_bytes
        self._max_network_bytes = max_bytes // MAX_SHARE
        self._networks: defaultdict[str, int] = defaultdict(int)

    def open_reservation(self, address: str | None) -> "Reservation":
        """Return an empty reservation for a request from this address."""
        return Reservation(self, network_of(address))

    def change(self, network: str, size: int) -> None:
        """Count bytes, or count them no longer if `size` is negative; raise Overloaded if there would be too many."""
        if size > 0:
            self._check(network, size)
        self.used_bytes += size
        self._networks[network] += size
        if not self._networks[network]:
            del self._networks[network]

    def _check(self, network: str, size: int) -> None:
        if self._networks.get(network, 0) + size > self._max_network_bytes:
            raise Overloaded(
                "The server is overloaded: the large requests and responses of this address would have more than "
                f"{self._max_network_bytes} bytes, a quarter of MAX_REQUEST_MEMORY_BYTES. Try again later."
            )
        if self.used_bytes + size > self._max_bytes:
            raise Overloaded(
                "The server is overloaded: all large requests and responses would have more than "
                f"{self._max_bytes} bytes (MAX_REQUEST_MEMORY_BYTES). Try again later."
            )


class Reservation:
    """The bytes that one request has reserved."""

    __slots__ = ("_memory", "_network", "size")

    def __init__(self, memory: RequestMemory, network: str) -> None:
        self._memory = memory
        self._network = network
        self.size = 0

    def resize(self, size: int) -> None:
        """Change the reserved bytes; raise Overloaded, and change nothing, if there is too little memory."""
        if size != self.size:
            self._memory.change(self._network, size - self.size)
            self.size = size

    def release(self, size: int) -> None:
        """Release a part of the bytes."""
        self.resize(max(0, self.size - size))
