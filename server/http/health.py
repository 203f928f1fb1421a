"""Health checks for load balancers: `/health` (liveness) and `/ready` (readiness).

Anyone may send them, so details are only for operators, who present a token."""

import asyncio
import hmac
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from database.engine import Database
from database.pool_usage import PoolUsage
from database.replica import ReplicaStatus
from database.replicas import Replicas
from server.change_feed_lag import load_lag
from server.config.version import program_version
from server.database_revision import DatabaseNotMigrated, check_revision
from server.http.admission import Admission
from services.people.oidc.id_token import IdTokenVerifier

READINESS_TIMEOUT_SECONDS = 3.0
REUSE_SECONDS = 1.0
"""How long the result of a check is used for further requests, which anyone may send."""


Details = dict[str, Any]


@dataclass(frozen=True)
class Readiness:
    """Why the server is not ready, if it is not, and details for operators."""

    reason: str | None = None
    details: Details = field(default_factory=dict)


STOPPING = Readiness("the server is stopping")
IS_STOPPING = "is_stopping"
"""The key in the state of the ASGI lifespan that the server sets when it begins to stop."""


class SharedCheck:
    """Runs a check at most once at a time; all callers share its result, also those that come soon after it."""

    def __init__(self, check: Callable[[], Awaitable[Readiness]]) -> None:
        self._check = check
        self._task: asyncio.Task[Readiness] | None = None
        self._expires_at = 0.0

    async def result(self) -> Readiness:
        """Return the result of the check."""
        if self._task is None or (self._task.done() and asyncio.get_running_loop().time() >= self._expires_at):
            self._task = asyncio.create_task(self._run())
        return await asyncio.shield(self._task)

    async def _run(self) -> Readiness:
        try:
            return await self._check()
        finally:
            self._expires_at = asyncio.get_running_loop().time() + REUSE_SECONDS


def health_routes(
    database: Database, token: str, replicas: Replicas | None, admission: Admission, id_tokens: IdTokenVerifier
) -> list[Route]:
    """Build the routes `/health` and `/ready`. Requests with the token get details; an empty one is never accepted."""
    check = SharedCheck(lambda: _check_readiness(database))
    started_at = monotonic()

    def describe_process(request: Request) -> Details:
        if not token or not _presents(request, token):
            return {}
        uptime = round(monotonic() - started_at)
        return {"process": {"version": program_version(), "id": os.getpid(), "uptimeSeconds": uptime}}

    async def health(request: Request) -> Response:
        """Report that the event loop runs. Ignores the database: during its outage, a restart of the server cannot
        help."""
        return JSONResponse({"status": "ok"} | describe_process(request))

    async def ready(request: Request) -> Response:
        readiness = STOPPING if request.scope.get("state", {}).get(IS_STOPPING) else await check.result()
        if readiness.reason is None:
            details = describe_process(request)
            if details:
                details |= readiness.details | _describe_connections(database, replicas) | _describe_requests(admission)
                details |= _describe_issuers(id_tokens)
            return JSONResponse({"status": "ready", **details})
        return JSONResponse({"status": "unavailable", "reason": readiness.reason}, 503, {"Retry-After": "1"})

    return [Route("/health", health), Route("/ready", ready)]


def _presents(request: Request, token: str) -> bool:
    authorization = request.headers.get("Authorization", "").encode(errors="replace")
    return hmac.compare_digest(authorization, f"Bearer {token}".encode())


def _describe_connections(database: Database, replicas: Replicas | None) -> Details:
    details = {"pool": _describe_pool(database.pool_usage())}
    if replicas is None:
        return details
    return {**details, "replicas": [_describe_replica(status) for status in replicas.status()]}


def _describe_replica(status: ReplicaStatus) -> Details:
    lag = None if status.lag_seconds is None else round(status.lag_seconds * 1000)
    pool = _describe_pool(status.pool)
    return {"name": status.name, "state": status.state.value, "lagMilliseconds": lag, "pool": pool}


def _describe_pool(usage: PoolUsage) -> Details:
    return {
        "size": usage.size,
        "maxOverflow": usage.max_overflow,
        "inUse": usage.in_use,
        "idle": usage.idle,
        "overflow": usage.overflow,
        "waiting": usage.waiting,
    }


def _describe_requests(admission: Admission) -> Details:
    counts = {"places": admission.places, "executing": admission.executing, "waiting": admission.waiting}
    return {"requests": counts}


def _describe_issuers(id_tokens: IdTokenVerifier) -> Details:
    """Describe the keys of issuers. The server is ready without them, since only sign-ins need them."""
    if not id_tokens.issuers:
        return {}
    described = [
        {"issuer": each.issuer, "keys": each.keys, "ageSeconds": each.age and round(each.age), "error": each.error}
        for each in id_tokens.status
    ]
    return {"issuers": described}


async def _check_readiness(database: Database) -> Readiness:
    try:
        async with asyncio.timeout(READINESS_TIMEOUT_SECONDS), database.read_engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            await check_revision(connection)
            lag = await load_lag(connection, database.log_order)
    except DatabaseNotMigrated:
        return Readiness("the database is not migrated")
    except (SQLAlchemyError, OSError, TimeoutError):
        return Readiness("the database cannot be reached")
    return Readiness(details={"changeFeed": {"lagSeconds": lag.seconds, "lagTransactions": lag.transactions}})
