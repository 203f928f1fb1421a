"""The exchange of messages between the endpoint and the SDK's ASGI application."""

from asyncio import sleep
from collections.abc import Iterable
from math import inf

from starlette.responses import Response
from starlette.types import Message

from server.http.response_headers import Header


class CapturedResponse:
    """Passes on a body that was received already, and collects the response until the request has left its place."""

    def __init__(self, body: bytes) -> None:
        self._unread_body: bytes | None = body
        self._status = 500
        self._headers: list[Header] = []
        self._pieces: list[bytes] = []

    @property
    def size(self) -> int:
        """The bytes of the body."""
        return sum(map(len, self._pieces))

    async def receive(self) -> Message:
        """Return the body, and then wait: disconnects are noticed elsewhere."""
        if self._unread_body is None:
            await sleep(inf)
        body, self._unread_body = self._unread_body or b"", None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        """Collect a message of the response."""
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message["headers"])
        else:
            self._pieces.append(message.get("body", b""))

    def build(self, headers: Iterable[Header]) -> Response:
        """Build the response with further headers."""
        response = Response(b"".join(self._pieces), self._status)
        response.raw_headers = [*self._headers, *headers]
        return response
