"""For load balancers: whether the process lives, and whether it can serve."""

import asyncio

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.database import Database
from server.migrate import DatabaseBehind, check_revision

PATIENCE = 3.0


async def _health(_request: Request) -> Response:
    """Alive: the event loop turns. Says nothing of the database, or an outage there would restart us for nothing."""
    return JSONResponse({"status": "ok"})


def health_routes(database: Database) -> list[Route]:
    """/health and /ready."""

    async def ready(_request: Request) -> Response:
        problem = await _problem(database)
        if problem is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "unavailable", "reason": problem}, 503, {"Retry-After": "1"})

    return [Route("/health", _health), Route("/ready", ready)]


async def _problem(database: Database) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE), database.reading.connect() as connection:
            await connection.execute(text("SELECT 1"))
            await check_revision(connection)
    except DatabaseBehind:
        return "the database is not migrated"
    except (SQLAlchemyError, OSError, TimeoutError):
        return "the database cannot be reached"
    return None
