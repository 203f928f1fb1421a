"""A limit on the concurrent requests and WebSockets of a client that come through a trusted proxy.

The proxy's connections are shared by its clients, so they cannot be counted by address. Their requests can.
"""

from collections import defaultdict

from starlette.types import ASGIApp, Receive, Scope, Send

from server.http.media_types import JSON
from server.http.overloaded import overloaded_response
from services.people.rate_limit import network_of


class ForwardedLimitMiddleware:
    """Responds 503 to a request if `max_requests` requests of its client address are running."""

    def __init__(self, app: ASGIApp, max_requests: int) -> None:
        self._app = app
        self._max_requests = max_requests
        self._running: defaultdict[str, int] = defaultdict(int)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if scope["type"] not in {"http", "websocket"} or client is None:
            await self._app(scope, receive, send)
            return
        network = network_of(client[0])
        if self._running[network] >= self._max_requests:
            await self._reject(scope, receive, send)
            return
        self._running[network] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running[network] -= 1
            if not self._running[network]:
                del self._running[network]

    async def _reject(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = (
            f"{self._max_requests} requests of this address are running (MAX_CONNECTIONS_PER_ADDRESS). Try again later."
        )
        await overloaded_response(message, JSON)(scope, receive, send)
