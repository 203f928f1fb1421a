"""uvicorn's HTTP protocol with fewer steps for each request. uvicorn begins the unusual ones."""

import asyncio
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.connections.http10 import Http10Cycle
from server.connections.response_cycle import ResponseCycle
from server.http.header_index import index_headers


class RequestProtocol(HttpToolsProtocol):
    """A connection whose requests are begun in few steps, and have an index of their headers.

    The configuration of the server has neither a path of its own (`root_path`) nor `limit_concurrency`."""

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        headers_by_name, parser = index_headers(self.scope), self.parser  # type: ignore[arg-type]  # a TypedDict
        if b"expect" in headers_by_name or parser.should_upgrade() or parser.get_http_version() != "1.1":
            self._begin_unusual_request()
        else:
            self._begin_request()

    def _begin_request(self) -> None:
        """Call the application, or let the request wait for an earlier one of the connection."""
        scope, previous = self.scope, self.cycle
        scope["method"] = self.parser.get_method().decode("ascii")
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"], scope["query_string"] = url.path, url.query or b""
        cycle = self.cycle = ResponseCycle(
            scope,
            self.transport,
            self.flow,
            self.logger,
            self.access_logger,
            self.access_log,
            self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if previous is None or previous.response_complete:
            self._start_asgi_task(cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _begin_unusual_request(self) -> None:
        """Let uvicorn begin a request that other code handles: an upgrade, `Expect` or HTTP/1.0."""
        previous = self.cycle
        self.expect_100_continue = (b"expect", b"100-continue") in ((name, each.lower()) for name, each in self.headers)
        super().on_headers_complete()
        if self.cycle is not previous and self.scope["http_version"] == "1.0":
            self.cycle.__class__ = Http10Cycle
