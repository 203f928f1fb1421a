"""Counts the HTTP requests of a process by endpoint and status."""

from bisect import bisect_left
from time import perf_counter
from typing import ClassVar

from starlette.types import ASGIApp, Scope

from server.http.asgi import GRAPHQL_PATHS
from server.http.request_id import CLIENT_CLOSED_REQUEST, UPGRADE, Exchange, RequestIdMiddleware, log_request
from server.mcp.endpoint import MCP_PATHS
from server.telemetry.metrics.catalog import HTTP_DURATION, HTTP_REQUESTS
from server.telemetry.metrics.family import Family, Histogram, Labels, Value

_ENDPOINTS = {
    "/health": "health",
    "/ready": "ready",
    "/metrics": "metrics",
    **dict.fromkeys(GRAPHQL_PATHS, "graphql"),
    **dict.fromkeys(MCP_PATHS, "mcp"),
}
_BOUNDS = HTTP_DURATION.bounds
OTHER = "other"
"""Paths that anyone may choose."""
WEBSOCKET = "websocket"
_TIMED = {*_ENDPOINTS.values(), OTHER}


class MeasuredExchange(Exchange):
    """A request whose response is counted. Each HttpMetrics has a subclass, which needs no argument for them."""

    __slots__ = ()
    metrics: ClassVar["HttpMetrics"]

    def log(self) -> None:
        metrics, scope, status = self.metrics, self.scope, self._status or CLIENT_CLOSED_REQUEST
        path = scope["path"]
        if scope["type"] == WEBSOCKET:  # the time for which a socket was open is not that of a response
            endpoint = WEBSOCKET
        else:
            endpoint = _ENDPOINTS.get(path) or _find_endpoint(scope)
            durations, seconds = metrics.durations[endpoint], perf_counter() - self.started_at
            durations.counts[bisect_left(_BOUNDS, seconds)] += 1  # as Histogram.observe, without its call
            durations.total += seconds
        log_request(scope.get("method", UPGRADE), path, self.started_at, status)
        key = endpoint, status
        metrics.requests[key] = metrics.requests.get(key, 0) + 1


class HttpMetrics:
    """Counts requests. The statuses are those that the server sends, so they are few."""

    def __init__(self) -> None:
        self.requests: dict[tuple[str, int], int] = {}
        self.durations: dict[str, Histogram] = {name: Histogram(HTTP_DURATION.bounds) for name in _TIMED}

    def add_request_ids(self, app: ASGIApp) -> RequestIdMiddleware:
        """Wrap an application in the middleware for request ids, which then counts the requests."""
        exchange_class = type("ExchangeOfMetrics", (MeasuredExchange,), {"__slots__": (), "metrics": self})
        return RequestIdMiddleware(app, exchange_class)

    def collect(self) -> list[Family]:
        """Return the metrics."""
        requests: dict[Labels, Value] = {
            (endpoint, str(status)): count for (endpoint, status), count in list(self.requests.items())
        }
        durations: dict[Labels, Value] = {
            (endpoint,): histogram.value() for endpoint, histogram in list(self.durations.items())
        }
        return [Family(HTTP_REQUESTS, requests), Family(HTTP_DURATION, durations)]


def _find_endpoint(scope: Scope) -> str:
    """Return the endpoint of a path that has the prefix of an application that this one is mounted in."""
    return _ENDPOINTS.get(scope["path"].removeprefix(scope.get("root_path", "")), OTHER)
