"""A request and its response, written in one step.

uvicorn examines each header of a response by regular expressions, and writes the head and the body one after the other.
"""

from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from server.http.response_headers import Header

KNOWN_HEADERS = frozenset({
    b"cache-control",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"date",
    b"ratelimit",
    b"ratelimit-policy",
    b"vary",
    b"x-consistency-token",
    b"x-content-type-options",
    b"x-request-id",
})  # fmt: skip
"""Valid names of headers that have no meaning for the connection: those of nearly all responses."""
_CONTROL_CHARACTERS = bytes({*range(32), 127} - {ord("\t")})
_LINE_END = b"\r\n"


class ResponseCycle(RequestResponseCycle):
    """A request and its response. A head with a length and known headers waits for the body; uvicorn writes others.

    The response has not started while its head waits, so uvicorn answers with an error if there is no body."""

    _head = b""

    async def send(self, message: Any) -> None:
        if not (self._write_response(message) if self._head else self._keep_head(message)):
            await super().send(message)

    async def send_500_response(self) -> None:
        self._head = b""
        await super().send_500_response()

    def _keep_head(self, message: Any) -> bool:
        """Encode the head if the message begins a response with a length and known headers. Return whether it does."""
        if self.response_started or message["type"] != "http.response.start" or self.access_log:
            return False
        if self.disconnected or self.flow.write_paused or not self.keep_alive or self.scope["method"] == "HEAD":
            return False
        headers = [*self.default_headers, *message.get("headers", ())]
        lengths = [value for name, value in headers if name == b"content-length"]
        if len(lengths) != 1:
            return False
        self.waiting_for_100_continue = self.chunked_encoding = False
        self.expected_content_length = int(lengths[0])
        self._head = encode_head(message["status"], headers)
        return bool(self._head)

    def _write_response(self, message: Any) -> bool:
        """Write the head, with the body if the message contains all of it. Return whether it does."""
        head, self._head = self._head, b""
        body = message.get("body", b"")
        self.response_started = True
        if self.disconnected:
            return False
        is_whole = message["type"] == "http.response.body" and not message.get("more_body")
        is_partial = not is_whole or len(body) != self.expected_content_length
        if is_partial or self.flow.write_paused or not self.keep_alive:
            self.transport.write(head)
            return False
        self.transport.write(head + body)
        self.expected_content_length = 0
        self.response_complete = True
        self.message_event.set()
        self.on_response()
        return True


def encode_head(status: int, headers: Sequence[Header]) -> bytes:
    """Return the status line and the headers; nothing if a header is not known, or its value is not valid."""
    if not KNOWN_HEADERS.issuperset([name for name, _ in headers]):
        return b""
    lines = _LINE_END.join(map(b": ".join, headers))
    control_characters = len(lines) - len(lines.translate(None, _CONTROL_CHARACTERS))
    if control_characters != (len(headers) - 1) * len(_LINE_END):
        return b""
    return b"".join((STATUS_LINE[status], lines, _LINE_END, _LINE_END))
