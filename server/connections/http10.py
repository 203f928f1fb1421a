"""Responses to HTTP/1.0, whose clients do not know chunks: a response without a length ends with the connection."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class Http10Cycle(RequestResponseCycle):
    """A request over HTTP/1.0 and its response. uvicorn would send chunks."""

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            if all(name.lower() != b"content-length" for name, _ in message.get("headers", ())):
                self.chunked_encoding = False
        elif self.chunked_encoding is False and self.expected_content_length <= 1:
            self._expect_length(message)
        await super().send(message)

    def _expect_length(self, message: Any) -> None:
        """Let uvicorn expect exactly the bytes of a last message, and more than those of any other."""
        self.expected_content_length = len(message.get("body", b"")) + message.get("more_body", False)
