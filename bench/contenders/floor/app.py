"""The server of the floor, with an endpoint per workload."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.contenders import uvicorn_server
from bench.contenders.contender import TENANT_HEADER
from bench.contenders.floor import statements

LoadData = Callable[[Any, str, dict[str, Any]], Awaitable[Any]]
_TYPENAME = orjson.dumps({"data": {"__typename": "Query"}})


def build_route(path: str, load_data: LoadData) -> Route:
    """Return a route that calls `load_data` with a connection of the pool, the tenant and the request body."""

    async def handle(request: Request) -> Response:
        body, tenant = orjson.loads(await request.body()), request.headers[TENANT_HEADER]
        async with request.app.state.pool.acquire() as connection:
            data = await load_data(connection, tenant, body)
        return Response(orjson.dumps({"data": data}), media_type="application/json")

    return Route(path, handle, methods=["POST"])


async def typename(_request: Request) -> Response:
    return Response(_TYPENAME, media_type="application/json")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open the pool. Released connections are not reset, because no session state is changed."""
    size, url = uvicorn_server.pool_size(), uvicorn_server.database_url()
    async with asyncpg.create_pool(
        url, min_size=size, max_size=size, init=_decode_ids_as_text, reset=_skip_reset
    ) as pool:
        app.state.pool = pool
        yield


async def _decode_ids_as_text(connection: Any) -> None:
    """Return ids as text, so that they need no conversion."""
    await connection.set_type_codec("uuid", encoder=str, decoder=str, schema="pg_catalog", format="text")


async def _skip_reset(_connection: Any) -> None:
    """Do nothing."""


ROUTES = [
    build_route("/tree", statements.get_tree),
    build_route("/list", statements.list_tasks),
    build_route("/one", statements.get_task),
    build_route("/deep", statements.get_deep_tree),
    build_route("/create", statements.create_task),
    build_route("/page", statements.get_page),
    build_route("/aggregate", statements.count_by_status),
    build_route("/search", statements.search_documents),
    build_route("/bulk", statements.create_tasks),
    Route("/typename", typename, methods=["POST"]),
]

if __name__ == "__main__":
    uvicorn_server.serve(Starlette(routes=ROUTES, lifespan=lifespan))
