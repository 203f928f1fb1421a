"""The formats of the results of subscriptions over HTTP: server-sent events, and parts of a multipart response.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md (distinct connections mode)
https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
"""

from collections.abc import Mapping
from typing import Any, Protocol

from server.http.media_types import EVENT_STREAM, MULTIPART
from server.http.result_messages import MessageFormat

_BOUNDARY = b"\r\n--graphql"
"""Clients of Apollo's protocol expect this boundary, and some of them no other."""
_PART_HEAD = b"\r\ncontent-type: application/json\r\n\r\n"


class StreamFormat(MessageFormat, Protocol):
    """How messages follow each other in the body of a response."""

    start: bytes
    """What precedes all messages."""
    heartbeat: bytes
    """What clients ignore."""
    completion: bytes
    """What ends a subscription: without it, clients subscribe again."""

    def frame(self, pieces: list[bytes]) -> list[bytes]:
        """Return the pieces of a message with what separates it from others."""

    def explain(self, reason: str) -> bytes:
        """Return a text for people that clients ignore."""


class EventStream:
    """Server-sent events. Lines end with LF, and the JSON of an event is one line."""

    start = b""
    heartbeat = b":\n\n"
    completion = b"event: complete\ndata:\n\n"  # browsers ignore events without data

    def wrap_result(self, entries: dict[str, Any]) -> dict[str, Any]:
        """Return the data of the event `next`."""
        return entries

    def wrap_errors(self, errors: list[Any]) -> dict[str, Any]:
        """Return the data of the event `next` of an operation that was not executed."""
        return {"errors": errors}

    def frame(self, pieces: list[bytes]) -> list[bytes]:
        """Return an event."""
        return [b"event: next\ndata: ", *pieces, b"\n\n"]

    def explain(self, reason: str) -> bytes:
        """Return a comment."""
        return f": {reason}\n\n".encode()


class MultipartStream:
    """Parts of a multipart response. A boundary follows each part at once, because clients wait for it."""

    start = _BOUNDARY
    heartbeat = _PART_HEAD + b"{}" + _BOUNDARY
    completion = b"--\r\n"

    def wrap_result(self, entries: dict[str, Any]) -> dict[str, Any]:
        """Return the content of a part with a result."""
        return {"payload": entries}

    def wrap_errors(self, errors: list[Any]) -> dict[str, Any]:
        """Return the content of the part that ends a subscription with errors."""
        return {"payload": None, "errors": errors}

    def frame(self, pieces: list[bytes]) -> list[bytes]:
        """Return a part."""
        return [_PART_HEAD, *pieces, _BOUNDARY]

    def explain(self, reason: str) -> bytes:  # noqa: ARG002
        """Return nothing: each part is a message."""
        return b""


STREAM_FORMATS: Mapping[str, StreamFormat] = {EVENT_STREAM: EventStream(), MULTIPART: MultipartStream()}
"""The formats by media type."""


def wrap_entries(stream_format: StreamFormat, entries: dict[str, Any]) -> dict[str, Any]:
    """Return the message with the entries of a result, or with the errors of an operation that was not executed."""
    return stream_format.wrap_result(entries) if "data" in entries else stream_format.wrap_errors(entries["errors"])


def frame_only_message(stream_format: StreamFormat, pieces: list[bytes]) -> list[bytes]:
    """Return the body of a response with one message."""
    return [stream_format.start, *stream_format.frame(pieces), stream_format.completion]
