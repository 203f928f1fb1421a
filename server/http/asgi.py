"""The ASGI application: middleware for every request, and a direct path to the GraphQL endpoint.

Nearly all requests are GraphQL, so they bypass FastAPI's routing (docs/decisions/0019).
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from server.config.settings import Settings
from server.http.body_limit import BodyLimitMiddleware
from server.http.cors import add_cors
from server.http.errors import routing_error_response
from server.http.forwarded_limit import ForwardedLimitMiddleware
from server.http.request_id import RequestIdMiddleware

GRAPHQL_PATHS = ("/graphql", "/graphql/")
_EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {HTTPException: routing_error_response}


class Application(FastAPI):
    """FastAPI with the GraphQL endpoint beside its router. CORS, request ids and the body limit apply to both."""

    def __init__(
        self,
        graphql: ASGIApp,
        websocket: ASGIApp,
        settings: Settings,
        add_request_ids: Callable[[ASGIApp], ASGIApp] = RequestIdMiddleware,
        **options: Any,
    ) -> None:
        super().__init__(title="Allotment", openapi_url=None, exception_handlers=_EXCEPTION_HANDLERS, **options)
        path_switch = PathSwitch(graphql, websocket, super().__call__)
        limited: ASGIApp = BodyLimitMiddleware(path_switch, max_bytes=settings.max_body_bytes)
        if settings.trusted_proxies:
            limits = settings.connection_limits
            limited = ForwardedLimitMiddleware(limited, limits.limit_per_address(limits.connections))
        self._middleware_chain = add_cors(add_request_ids(limited), settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._middleware_chain(scope, receive, send)


class PathSwitch:
    """Routes requests for the GraphQL paths to the endpoint of their protocol, all others to another application."""

    def __init__(self, graphql: ASGIApp, websocket: ASGIApp, fallback: ASGIApp) -> None:
        self._endpoints = {"http": graphql, "websocket": websocket}
        self._fallback = fallback

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        endpoint = self._endpoints.get(scope["type"])
        if endpoint is None or scope["path"].removeprefix(scope.get("root_path", "")) not in GRAPHQL_PATHS:
            endpoint = self._fallback
        return endpoint(scope, receive, send)
