"""Detecting a connection pooler, such as PgBouncer, between this process and PostgreSQL."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_BACKEND_PID = text("SELECT pg_backend_pid()")
_SYMPTOMS = ("unsupported startup parameter", "prepared statement")
POOLER_REMEDY = "add pgbouncer=true to DATABASE_URL, as for PgBouncer and other poolers in transaction mode"


async def is_behind_pooler(connection: AsyncConnection) -> bool:
    """Return whether a pooler answers: it announces process ids of its own when a client connects."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101 -- for mypy
    return bool(driver.get_server_pid() != await connection.scalar(_BACKEND_PID))


def is_pooler_symptom(message: str) -> bool:
    """Return whether an error of the database is one that a pooler in transaction mode causes: it rejects settings when
    a client connects, and prepared statements are in other server sessions."""
    return any(symptom in message for symptom in _SYMPTOMS)
