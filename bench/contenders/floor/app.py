"""The floor's server: an endpoint a workload."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.contenders import serving
from bench.contenders.contender import TENANT_HEADER
from bench.contenders.floor import statements

Answering = Callable[[Any, str, dict[str, Any]], Awaitable[Any]]
_TYPENAME = orjson.dumps({"data": {"__typename": "Query"}})


def endpoint(path: str, answering: Answering) -> Route:
    """A route that runs on a connection of the pool, told the tenant and the body."""

    async def handle(request: Request) -> Response:
        body, tenant = orjson.loads(await request.body()), request.headers[TENANT_HEADER]
        async with request.app.state.pool.acquire() as connection:
            data = await answering(connection, tenant, body)
        return Response(orjson.dumps({"data": data}), media_type="application/json")

    return Route(path, handle, methods=["POST"])


async def typename(_request: Request) -> Response:
    return Response(_TYPENAME, media_type="application/json")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Keep the pool open. It sends nothing when a connection comes back: nobody leaves anything behind."""
    size, url = serving.pool_size(), serving.database_url()
    async with asyncpg.create_pool(url, min_size=size, max_size=size, init=_prepare, reset=_leave) as pool:
        app.state.pool = pool
        yield


async def _prepare(connection: Any) -> None:
    """Ids stay text from the table to the answer."""
    await connection.set_type_codec("uuid", encoder=str, decoder=str, schema="pg_catalog", format="text")


async def _leave(_connection: Any) -> None:
    """Do nothing."""


ROUTES = [
    endpoint("/tree", statements.tree),
    endpoint("/list", statements.listed),
    endpoint("/one", statements.one),
    endpoint("/deep", statements.deep),
    endpoint("/create", statements.create),
    Route("/typename", typename, methods=["POST"]),
]

if __name__ == "__main__":
    serving.serve(Starlette(routes=ROUTES, lifespan=lifespan))
