"""Health checks for load balancers: `/health` (liveness) and `/ready` (readiness)."""

import asyncio

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from database.engine import Database
from server.database_revision import DatabaseNotMigrated, check_revision

READINESS_TIMEOUT_SECONDS = 3.0


def health_routes(database: Database) -> list[Route]:
    """Build the routes `/health` and `/ready`."""

    async def ready(_request: Request) -> Response:
        reason = await _unavailable_reason(database)
        if reason is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "unavailable", "reason": reason}, 503, {"Retry-After": "1"})

    return [Route("/health", _health), Route("/ready", ready)]


async def _health(_request: Request) -> Response:
    """Report that the event loop runs. Ignores the database: during its outage a restart of the server cannot help."""
    return JSONResponse({"status": "ok"})


async def _unavailable_reason(database: Database) -> str | None:
    try:
        async with asyncio.timeout(READINESS_TIMEOUT_SECONDS), database.read_engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            await check_revision(connection)
    except DatabaseNotMigrated:
        return "the database is not migrated"
    except (SQLAlchemyError, OSError, TimeoutError):
        return "the database cannot be reached"
    return None
