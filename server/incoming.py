"""A request as the ASGI server hands it over, its headers at hand."""

from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope


class Incoming:
    """A request, read as far as somebody asks. Starlette's own searches all headers for each that is asked for."""

    __slots__ = ("_headers", "method", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self._headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))

    def header(self, name: bytes) -> str:
        """The header of this lower-case name, the first if there are several; empty if there is none."""
        return self._headers.get(name, b"").decode("latin-1")

    def headers(self, name: bytes) -> list[str]:
        """All headers of this name."""
        if name not in self._headers:
            return []
        return [value.decode("latin-1") for found, value in self.scope["headers"] if found == name]

    @property
    def starlette(self) -> Request:
        """For whatever else there is to know about it."""
        return Request(self.scope, self.receive)

    @property
    def parameters(self) -> dict[str, Any]:
        """Those in the address."""
        return dict(self.starlette.query_params) if self.scope["query_string"] else {}

    async def body(self) -> bytes:
        """All of the body."""
        parts: list[bytes] = []
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        return parts[0] if len(parts) == 1 else b"".join(parts)
