"""An HTTP request with indexed headers. Starlette's class searches the list of headers on each access."""

from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope

from server.http.request_head import HEAD, RequestHead, add_head
from server.http.request_memory import UNCOUNTED_BYTES, RequestMemory, Reservation


class HttpRequest:
    """An HTTP request of the ASGI server, parsed lazily."""

    __slots__ = ("_retained_bytes", "head", "method", "receive", "reservation", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope.get("method", "GET")  # the handshake of a WebSocket is a GET
        self.reservation: Reservation | None = None
        """The memory that is reserved for a large body, and then for a large response."""
        self._retained_bytes = 0
        self.head: RequestHead = scope.get(HEAD) or add_head(scope)

    def header(self, name: bytes) -> str:
        """Return the first header of this lower-case name; an empty string if there is none."""
        return self.head.by_name.get(name, b"").decode("latin-1")

    def has(self, name: bytes) -> bool:
        """Return whether there is a header of this lower-case name."""
        return name in self.head.by_name

    def headers(self, name: bytes) -> list[str]:
        """Return all headers of this lower-case name."""
        value = self.head.by_name.get(name)
        if value is None:
            return []
        if not self.head.has_repeated:
            return [value.decode("latin-1")]
        return [value.decode("latin-1") for header_name, value in self.scope["headers"] if header_name == name]

    @property
    def starlette(self) -> Request:
        """The same request as Starlette's class, for everything else."""
        return Request(self.scope, self.receive)

    @property
    def client_host(self) -> str | None:
        """The address of the client, or what a trusted proxy forwarded as such."""
        client = self.scope.get("client")
        return client[0] if client else None

    @property
    def query_parameters(self) -> dict[str, Any]:
        """The parameters of the query string; the last value of a repeated one."""
        return dict(self.starlette.query_params) if self.scope["query_string"] else {}

    async def body(self, memory: RequestMemory) -> bytes:
        """Receive the whole body. Memory is reserved for large bodies; the caller releases it. Raise Overloaded if
        there is too little, ClientDisconnect if the client disconnects before the end."""
        message = await self.receive()
        chunk: bytes = message.get("body", b"")
        if message["type"] == "http.request" and not message.get("more_body") and len(chunk) <= UNCOUNTED_BYTES:
            return chunk  # as nearly always
        return await self._receive_rest(message, memory)

    async def _receive_rest(self, message: Message, memory: RequestMemory) -> bytes:
        """Receive the body that begins with this message."""
        chunks: list[bytes] = []
        received = 0
        while True:
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunks.append(message.get("body", b""))
            received += len(chunks[-1])
            if received > UNCOUNTED_BYTES:
                self.reserve(memory, received - UNCOUNTED_BYTES)
            if not message.get("more_body", False):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)
            message = await self.receive()

    def reserve(self, memory: RequestMemory, size: int) -> Reservation:
        """Reserve this number of bytes instead of those before, unless these are retained; raise Overloaded if there is
        too little memory."""
        if self.reservation is None:
            self.reservation = memory.open_reservation(self.client_host)
        self.reservation.resize(self._retained_bytes + size)
        return self.reservation

    def retain_memory(self) -> None:
        """Retain what is reserved for the body while several results are sent: they need its variables."""
        if self.reservation is not None:
            self._retained_bytes = self.reservation.size

    def release_result(self) -> None:
        """Release what is reserved for a result, but not what is retained."""
        if self.reservation is not None:
            self.reservation.resize(self._retained_bytes)

    def release_memory(self) -> None:
        """Release what is reserved."""
        if self.reservation is not None:
            self.reservation.resize(0)
