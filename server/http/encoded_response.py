"""Responses with an encoded body, compressed or not. A large body is sent in pieces, so that it is not copied into
the buffers of the connection at once, and its memory is released as it is sent.

Starlette's class encodes all headers of each response; here, only the length is formatted."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from server.http.media_types import EVENT_STREAM, GRAPHQL_JSON, JSON, MULTIPART, with_utf8_charset
from server.http.response_headers import NO_STORE, Header

if TYPE_CHECKING:
    from server.http.request_memory import Reservation

MAX_SENT_BYTES = 64 * 1024
WHOLE_RESPONSE = "allotment.whole_response"
"""An extension of ASGI: `http.response.start` may contain the whole `body`, and no other message follows."""
CONTENT_TYPES = {
    media_type: (b"content-type", with_utf8_charset(media_type).encode())
    for media_type in (JSON, GRAPHQL_JSON, EVENT_STREAM)
} | {MULTIPART: (b"content-type", b"multipart/mixed;boundary=graphql;subscriptionSpec=1.0")}
"""The headers by media type. Some clients of multipart responses expect exactly this text."""


class EncodedResponse(Response):
    """A response whose body consists of pieces. After each one, it waits until the client has received enough of it.

    `reservation` is the memory that is reserved for the pieces, if there is any."""

    def __init__(
        self, pieces: list[bytes], status: int, media_type: str, cache_headers: Iterable[Header] = (NO_STORE,)
    ) -> None:
        self._pieces = pieces
        self.reservation: Reservation | None = None
        self.status_code = status
        self.background = None
        self.size = len(pieces[0]) if len(pieces) == 1 else sum(map(len, pieces))
        self.raw_headers = [(b"content-length", str(self.size).encode()), CONTENT_TYPES[media_type], *cache_headers]

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        start: Message = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        pieces = self._pieces
        is_small = len(pieces) == 1 and len(pieces[0]) <= MAX_SENT_BYTES
        if is_small and WHOLE_RESPONSE in scope.get("extensions", ()):
            start["body"] = pieces[0]
            await send(start)
            return
        await send(start)
        if is_small:
            await send({"type": "http.response.body", "body": pieces[0]})
            return
        await send_pieces(pieces, send, self.reservation)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def join_small(pieces: list[bytes]) -> list[bytes]:
    """Return the pieces of a small body as one, to send it in one step."""
    return [b"".join(pieces)] if sum(map(len, pieces)) <= MAX_SENT_BYTES else pieces


async def send_pieces(pieces: list[bytes], send: Send, reservation: "Reservation | None" = None) -> None:
    """Send a part of a body. The pieces are replaced with b"" when they are sent, and their memory is released."""
    for index, piece in enumerate(pieces):
        for start in range(0, len(piece), MAX_SENT_BYTES):
            part = piece if len(piece) <= MAX_SENT_BYTES else piece[start : start + MAX_SENT_BYTES]
            await send({"type": "http.response.body", "body": part, "more_body": True})
        pieces[index] = b""
        if reservation is not None:
            reservation.release(len(piece))
