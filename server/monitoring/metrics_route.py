"""The route `/metrics` of the application, for operators who have the token."""

import asyncio
from contextlib import closing
from http.client import HTTPConnection, HTTPException

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.monitoring.monitoring import Address
from server.telemetry.metrics.exposition import Collect, render
from server.telemetry.metrics.server import PATH, presents_token

TIMEOUT_SECONDS = 5.0


def metrics_route(collect: Collect, token: str, supervisor: Address | None) -> Route:
    """Build the route. A worker process asks its supervisor for the metrics of all workers."""

    async def metrics(request: Request) -> Response:
        authorization, accept = request.headers.get("Authorization", ""), request.headers.get("Accept", "")
        if not presents_token(authorization, token):
            return PlainTextResponse("Send the METRICS_TOKEN as a bearer token.\n", 401, {"WWW-Authenticate": "Bearer"})
        if supervisor is None:
            body, media_type = render(collect(), accept)
            return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})
        try:
            return await asyncio.to_thread(_ask, supervisor, authorization, accept)
        except (OSError, HTTPException):
            return PlainTextResponse("The supervisor does not answer.\n", 503)

    return Route(PATH, metrics)


def _ask(address: Address, authorization: str, accept: str) -> Response:
    with closing(HTTPConnection(*address, timeout=TIMEOUT_SECONDS)) as connection:
        connection.request("GET", PATH, headers={"Authorization": authorization, "Accept": accept})
        answer = connection.getresponse()
        headers = {"Content-Type": answer.headers["Content-Type"], "Cache-Control": "no-store"}
        return Response(answer.read(), answer.status, headers)
