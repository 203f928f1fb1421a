"""Responses that are sent in pieces, so that a large body is not copied into the buffers of the connection at once."""

from collections.abc import Mapping, Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

MAX_SENT_BYTES = 256 * 1024


class PacedResponse(Response):
    """A response whose body consists of pieces. After each one, it waits until the client has received enough of it."""

    def __init__(
        self, pieces: Sequence[bytes], status: int, headers: Mapping[str, str] | None, media_type: str
    ) -> None:
        self._pieces = pieces
        super().__init__(b"", status, {**(headers or {}), "Content-Length": str(sum(map(len, pieces)))}, media_type)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for piece in self._pieces:
            for start in range(0, len(piece), MAX_SENT_BYTES):
                part = piece if len(piece) <= MAX_SENT_BYTES else piece[start : start + MAX_SENT_BYTES]
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
