"""CORS: which pages of other origins may read responses."""

from collections.abc import Coroutine
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server.config.settings import Settings
from server.http.request_head import HEAD, add_head
from server.http.response_headers import NO_SNIFF

ALLOWED_HEADERS = [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "MCP-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
    "Traceparent",
    "Tracestate",
    "X-Client-Name",
    "X-Client-Version",
    "X-Consistency-Token",
    "X-GraphQL-Cost",
    "X-Request-ID",
    "X-Tenant",
    "X-Tenant-ID",
    "X-Trace",
]
EXPOSED_HEADERS = [
    "ETag",
    "Idempotency-Replayed",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Traceresponse",
    "WWW-Authenticate",
    "X-Consistency-Token",
    "X-Request-ID",
]


class FastPathCORSMiddleware(CORSMiddleware):
    """Starlette's middleware with a shortcut for requests without an Origin header: they need only a Vary header, which
    RequestIdMiddleware adds."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        if scope["type"] == "http" and b"origin" not in (scope.get(HEAD) or add_head(scope)).by_name:
            return self.app(scope, receive, send)  # type: ignore[return-value]  # applications are coroutine functions
        return super().__call__(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Respond to a preflight request, which does not reach the wrapped application and its middleware."""
        response = super().preflight_response(request_headers)
        response.raw_headers.append(NO_SNIFF)
        return response


def add_cors(app: ASGIApp, settings: Settings) -> FastPathCORSMiddleware:
    """Wrap an application in CORS middleware for the origins in the settings."""
    return FastPathCORSMiddleware(
        app,
        allow_origins=settings.cors_origins,
        allow_origin_regex=settings.cors_origin_regex,
        allow_credentials="*" not in settings.cors_origins,  # cookies only for origins that are listed by name
        allow_methods=["GET", "POST"],
        allow_headers=ALLOWED_HEADERS,
        expose_headers=EXPOSED_HEADERS,
        max_age=600,
    )
