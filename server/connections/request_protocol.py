"""uvicorn's HTTP protocol with fewer steps for each request. uvicorn begins the unusual ones."""

import asyncio
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.connections.http10 import Http10Cycle
from server.connections.response_cycle import WHOLE_RESPONSES, ResponseCycle
from server.http.request_head import HEAD, RequestHead
from server.http.stream_response import TRANSPORT


class RequestProtocol(HttpToolsProtocol):
    """A connection whose requests are begun in few steps. Those that have equal headers one after the other share what
    follows from these.

    The configuration of the server has neither a path of its own (`root_path`) nor `limit_concurrency`."""

    _common_scope: dict[str, Any]
    """What the scopes of all usual requests of the connection contain."""
    _head: RequestHead | None = None
    """That of the previous request."""
    _extensions: dict[str, dict[str, Any]]
    """The extensions of ASGI for unusual requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._extensions = {TRANSPORT: {"transport": transport}}
        super().on_message_begin()
        self._common_scope = {**self.scope, "extensions": {**self._extensions, **WHOLE_RESPONSES}}

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        scope: Any = self._common_scope.copy()
        headers = scope["headers"] = self.headers
        head, parser = self._head, self.parser
        if head is None or not head.matches(headers):
            head = self._head = RequestHead(headers)
        scope[HEAD] = head
        self.scope = scope
        if b"expect" in head.by_name or parser.should_upgrade() or parser.get_http_version() != "1.1":
            self._begin_unusual_request()
        else:
            self._begin_request(scope)

    def on_body(self, body: bytes) -> None:
        cycle = self.cycle
        if cycle is None or cycle.response_complete:  # always so if the request opens a WebSocket
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()

    def _begin_request(self, scope: Any) -> None:
        """Call the application, or let the request wait for an earlier one of the connection."""
        scope["method"] = self.parser.get_method().decode("ascii")
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"], scope["query_string"] = url.path, url.query or b""
        scope["state"] = self.app_state.copy()
        previous = self.cycle
        cycle = self.cycle = ResponseCycle(self, scope)
        if previous is None or previous.response_complete:
            self._start_asgi_task(cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _begin_unusual_request(self) -> None:
        """Let uvicorn begin a request that other code handles: an upgrade, `Expect` or HTTP/1.0."""
        previous = self.cycle
        self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item]
        self.scope["state"] = self.app_state.copy()
        self.expect_100_continue = (b"expect", b"100-continue") in ((name, each.lower()) for name, each in self.headers)
        super().on_headers_complete()
        if self.cycle is not previous and self.scope["http_version"] == "1.0":
            self.cycle.__class__ = Http10Cycle
