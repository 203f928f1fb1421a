"""The way into the application. GraphQL is nearly all that comes, so it takes a short way past FastAPI's routing."""

from collections.abc import Awaitable
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from server.body_limit import BodyLimitMiddleware
from server.cors import cors
from server.request_id import RequestIdMiddleware
from server.settings import Settings

PATHS = ("/graphql", "/graphql/")


class Application(FastAPI):
    """FastAPI, with the GraphQL endpoint beside it, and around both what every request goes through."""

    def __init__(self, graphql: ASGIApp, settings: Settings, **options: Any) -> None:
        super().__init__(**options)
        inside = _Fork(graphql, super().__call__)
        limited = BodyLimitMiddleware(inside, max_bytes=settings.max_body_bytes)
        self._way_in = cors(RequestIdMiddleware(limited), settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._way_in(scope, receive, send)


class _Fork:
    """Where what is GraphQL parts from all else."""

    def __init__(self, graphql: ASGIApp, others: ASGIApp) -> None:
        self._graphql = graphql
        self._others = others

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        is_graphql = scope["type"] == "http" and _path(scope) in PATHS
        return (self._graphql if is_graphql else self._others)(scope, receive, send)


def _path(scope: Scope) -> str:
    """The path below the one that the application is served at."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
