"""uvicorn's HTTP protocol with limits on the bytes of a request's head and framing, and on pipelined requests.

uvicorn and httptools bound none of them, and httptools concatenates the parts of a long header in quadratic time. So
the data are parsed in pieces, and a request is refused as soon as the pieces of its head exceed the limits. A piece
also ends where a head ends, so that the pieces that follow can wait until pipelined requests are answered.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from server.connections import refusal
from server.connections.refusal import Refusal
from server.connections.request_protocol import RequestProtocol
from server.connections.server_config import ServerConfig

log = logging.getLogger("allotment.server")

MAX_PIECE_BYTES = 16_384
MIN_PIECE_BYTES = 256
"""A piece may contain several requests that are shorter. Without a minimum, a body of blank lines would be cut up."""
MAX_PIPELINED_REQUESTS = 16
"""How many requests are parsed while an earlier one of their connection runs."""
MIN_PIPELINED_REQUESTS = 8
"""When fewer than this number are left, the next ones are parsed."""
MAX_UNREAD_BODY_BYTES = 16_777_216
"""How much of a body is received after its request was answered."""
FRAMING_BYTES_PER_BODY_BYTE = 16
"""Chunks of one byte need 5 bytes of framing for each byte of the body."""
HEAD_END = b"\r\n\r\n"
BETWEEN_REQUESTS, IN_HEAD, IN_BODY = range(3)


class PipelineFlowControl(FlowControl):
    """Reads from a connection only while no parsed request waits for an earlier one."""

    def __init__(self, transport: asyncio.Transport, pipeline: deque[Any]) -> None:
        super().__init__(transport)
        self._pipeline = pipeline

    def resume_reading(self) -> None:
        if self.read_paused and not self._pipeline:
            super().resume_reading()


class BoundedHttpProtocol(RequestProtocol):
    """A connection that refuses requests with too large heads, trailers or chunk extensions."""

    def __init__(self, config: ServerConfig, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)
        self.limits = config.limits
        self._config = config
        self._stage = BETWEEN_REQUESTS
        self._piece_bytes = 0
        self._excess_bytes = 0
        """The received bytes of an incomplete head, or those of a body's framing that exceed what the body needs."""
        self._has_stage_begun = False
        """Whether the stage began in the current piece, so that the piece belongs to the previous stage in part."""
        self._piece_body_bytes = 0
        self._body_bytes = 0
        self._unparsed = b""
        """Data after the last request of a full pipeline."""
        self._refusal: Refusal | None = None
        self._is_refused = False
        self._is_shutting_down = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = PipelineFlowControl(transport, self.pipeline)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            self._receive_refused(data)
        elif self._unparsed:
            self._unparsed += data
        elif len(data) <= MAX_PIECE_BYTES and data.count(HEAD_END) <= 1:  # one request, as nearly always
            self._parse_piece(data)
        else:
            self._parse(data)
        if self._stage:
            self._await_rest()

    def _parse(self, data: bytes) -> None:
        """Parse data piece by piece until the pipeline is full or the connection closes."""
        start, size = 0, len(data)
        while start < size and not (self._is_refused or self.transport.is_closing()):
            if len(self.pipeline) >= MAX_PIPELINED_REQUESTS:
                self._unparsed = data[start:]
                return
            end = find_piece_end(data, start, size)
            if not self._parse_piece(data[start:end]):
                return
            start = end

    def _parse_piece(self, piece: bytes) -> bool:
        """Return whether the data that follow are HTTP."""
        self._piece_bytes = len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserError:
            self._refuse(self._refusal or refusal.MALFORMED)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            return False
        if self._stage:
            self._check_incomplete_message()
        return True

    def _await_rest(self) -> None:
        """Called when a part of a request has been received."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._stage = IN_HEAD
        self._excess_bytes = 0
        self._has_stage_begun = True

    def on_headers_complete(self) -> None:
        limits = self.limits
        if len(self.url) > limits.url_bytes:
            self._fail(refusal.url_too_long(limits))
        if len(self.headers) > limits.headers:
            self._fail(refusal.too_many_headers(limits))
        # The first piece is not in the sum, because only a part of it belongs to this head.
        received = MAX_PIECE_BYTES + self._excess_bytes + self._piece_bytes
        if received > limits.header_bytes and count_bytes(self.headers) > limits.header_bytes:
            self._fail(refusal.headers_too_large(limits))
        previous = self.cycle
        super().on_headers_complete()
        if self._config.is_draining and self.cycle is not previous:
            self._make_last_request(previous)
        self._stage = IN_BODY
        self._excess_bytes = self._body_bytes = self._piece_body_bytes = 0
        self._has_stage_begun = True
        if not self.parser.should_upgrade():
            # The parser calls on_header for trailers too, and proxies do not check those as they do headers.
            self.headers = []

    def on_body(self, body: bytes) -> None:
        self._piece_body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.headers:
            self._check_trailers()
        super().on_message_complete()
        self._stage = BETWEEN_REQUESTS

    def on_response_complete(self) -> None:
        """Start the next request of the pipeline."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            if self._unparsed and len(self.pipeline) < MIN_PIPELINED_REQUESTS:
                unparsed, self._unparsed = self._unparsed, b""
                self._parse(unparsed)
                if self._is_shutting_down:
                    self.shutdown()
        self.flow.resume_reading()

    def _make_last_request(self, previous: RequestResponseCycle | None) -> None:
        """Close the connection after the response to the current request, and not after an earlier one."""
        if previous is not None and not previous.response_started:
            previous.keep_alive = True
        self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Close the connection when all requests that were received are answered."""
        self._is_shutting_down = True
        if self._is_refused and self.cycle.response_started:
            self.transport.close()  # do not wait for the rest of what the client sends
        elif not self._unparsed:
            super().shutdown()

    def _check_incomplete_message(self) -> None:
        """Refuse a request that is not complete after a piece but exceeds a limit already."""
        if self._has_stage_begun:
            self._has_stage_begun = False
            self._body_bytes += self._piece_body_bytes
        elif self._stage == IN_HEAD:
            self._excess_bytes += self._piece_bytes
            self._check_incomplete_head()
        else:
            self._body_bytes += self._piece_body_bytes
            needed = self._piece_body_bytes * (1 + FRAMING_BYTES_PER_BODY_BYTE)
            self._excess_bytes = max(0, self._excess_bytes + self._piece_bytes - needed)
            self._check_framing()
        self._piece_body_bytes = 0

    def _check_incomplete_head(self) -> None:
        limits = self.limits
        if len(self.url) > limits.url_bytes:
            self._refuse(refusal.url_too_long(limits))
        elif len(self.headers) > limits.headers:
            self._refuse(refusal.too_many_headers(limits))
        elif self._excess_bytes > limits.url_bytes + limits.header_bytes or (
            self._excess_bytes > limits.header_bytes and count_bytes(self.headers) > limits.header_bytes
        ):
            self._refuse(refusal.headers_too_large(limits))

    def _check_framing(self) -> None:
        if self._excess_bytes > self.limits.header_bytes:
            self._refuse(refusal.framing_too_large(self.limits))
        elif len(self.headers) > self.limits.headers:  # trailers
            self._refuse(refusal.too_many_headers(self.limits))
        elif self._body_bytes > MAX_UNREAD_BODY_BYTES and self.cycle.response_complete:
            self.transport.close()

    def _check_trailers(self) -> None:
        """Refuse trailers that exceed a limit together with the headers."""
        headers = self.scope["headers"]
        if self.headers is headers:  # an upgrade, which has no trailers
            return
        fields = [*headers, *self.headers]
        if len(fields) > self.limits.headers:
            self._fail(refusal.too_many_headers(self.limits))
        if count_bytes(fields) > self.limits.header_bytes:
            self._fail(refusal.headers_too_large(self.limits))

    def _fail(self, reason: Refusal) -> None:
        """Stop the parser, from one of its callbacks."""
        self._refusal = reason
        raise httptools.HttpParserCallbackError(reason.message)

    def _refuse(self, reason: Refusal) -> None:
        """Respond with an error when earlier requests are answered, and close the connection."""
        address = self.client[0] if self.client else "unknown"
        log.info("Refused a request from %s with status %d. %s", address, reason.status, reason.message)
        current = self.cycle
        self._is_refused, self._unparsed = True, b""
        if current is None or (self._stage != IN_BODY and current.response_complete):
            self._start_asgi_task(self._create_refusal_cycle(), reason)
        elif self._stage != IN_BODY:
            self.pipeline.appendleft((self._create_refusal_cycle(), reason))
        elif self.pipeline:  # the request with this body is the last one in the pipeline
            self.pipeline[0] = (self._create_refusal_cycle(), reason)
        elif current.response_started:
            self.transport.close()
        else:
            current.disconnected = True
            current.message_event.set()
            self._start_asgi_task(self._create_refusal_cycle(), reason)

    def _create_refusal_cycle(self) -> RequestResponseCycle:
        scope: Any = {"type": "http", "method": "GET", "http_version": "1.1", "headers": [], "path": ""}
        self._stage = BETWEEN_REQUESTS
        self.cycle = RequestResponseCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        return self.cycle

    def _receive_refused(self, data: bytes) -> None:
        """Pass data to the refusal, which discards a part of them."""
        if not self.cycle.response_complete:
            self.cycle.body += data
            if len(self.cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            self.cycle.message_event.set()


def find_piece_end(data: bytes, start: int, size: int) -> int:
    """Return the end of the piece that begins at `start`: the next end of a head, if it is near."""
    limit = start + MAX_PIECE_BYTES
    end = data.find(HEAD_END, start + MIN_PIECE_BYTES, limit)
    return end + len(HEAD_END) if end >= 0 else min(size, limit)


def count_bytes(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Return the bytes of header lines, each with a colon, a space and a line end."""
    return sum(len(name) + len(value) + 4 for name, value in headers)
